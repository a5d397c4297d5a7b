import type { ModelConfig } from './model-config.js';

/** What makes a kind of attention; of two fields that are not together in a kind, there is none. */
interface AttentionTraits {
  /** The first positions of a sequence see one another both ways. */
  readonly hasPrefix?: true;
  /** Scores know how far away a key is, from a table that is learned. */
  readonly isRelative?: true;
  /** A position sees its own block of positions up to itself, and this many whole blocks before. */
  readonly blocksBack?: number;
  /** Positions are told by their distances alone, and earlier segments are remembered. */
  readonly isRecurrent?: true;
  /** The past is seen in groups, each as one: what their keys and values are made of. */
  readonly compresses?: Compression['of'];
}

/** All kinds of attention. Each of them may have padding and dropout. */
const KINDS = {
  causal: {},
  prefix: { hasPrefix: true },
  relative: { isRelative: true },
  local: { blocksBack: 1 },
  'local-independent': { blocksBack: 0 },
  'relative-local': { blocksBack: 1, isRelative: true },
  'transformer-xl': { isRecurrent: true },
  compressed: { compresses: 'keyValue' },
  'compressed-input': { compresses: 'input' },
} as const satisfies Readonly<Record<string, AttentionTraits>>;

export type AttentionKind = keyof typeof KINDS;
export const ATTENTION_KINDS = Object.keys(KINDS) as readonly AttentionKind[]; // its own keys

/**
 * A kind for all layers, or kinds with commas between them, one a layer from the first on and again
 * from the beginning where there are more layers: `local,causal`.
 */
export type AttentionPattern = AttentionKind | `${AttentionKind},${string}`;

/** Positions in blocks: each sees its own block up to itself, and whole blocks before it. */
export interface LocalVisibility {
  readonly kind: 'local';
  /** Positions of a block. */
  readonly blockLength: number;
  /** Blocks before its own. */
  readonly blocksBack: number;
}

/** Groups of positions that are seen as one, by a convolution whose stride is its kernel. */
interface Compression {
  /** Positions of a group, K. */
  readonly groupLength: number;
  /** What is convolved: the keys and the values, each by its own kernel, or what they are made of. */
  readonly of: 'keyValue' | 'input';
}

/** A learned table of distances, a head's rows together: `[H * M, D]`. */
export interface DistanceTable {
  /** Of the parameter. */
  readonly name: string;
  /** Rows of a head, M: the last one is distance 0, the one before it 1, and so on. */
  readonly rows: number;
}

/** Positions in segments: each sees its own segment up to itself, and what is remembered before it. */
export interface SegmentVisibility {
  readonly kind: 'segments';
  /** Positions of a segment. */
  readonly segmentLength: number;
  /** Positions before it. */
  readonly memory: number;
}

/** Transformer-XL's parameters of distances: names of what has a weight and a bias, or a bias alone. */
interface SinusoidDistances {
  /** `[C, C]` and v, `[C]`. */
  readonly distance: string;
  /** u, `[C]`. */
  readonly content: string;
}

/** How the positions of a layer see one another. */
export interface LayerAttention {
  readonly visibility:
    | { readonly kind: 'causal' }
    /** The lengths of prefixes are a batch's. */
    | { readonly kind: 'prefix' }
    | LocalVisibility
    | SegmentVisibility;
  readonly distances?: DistanceTable;
  readonly sinusoids?: SinusoidDistances;
  /** Of what is seen, but for the first position. */
  readonly compression?: Compression;
}

/** The settings of a model that say what its attention is. */
export type AttentionSettings = Pick<
  ModelConfig,
  'attention' | 'contextLength' | 'maxDistance' | 'localBlock' | 'memory' | 'compressionFactor'
>;

/** The attention of one layer of a model. */
export function layerAttention(config: AttentionSettings, layer: number): LayerAttention {
  const kinds = kindsOf(config.attention);
  const traits = attentionTraits(kinds[layer % kinds.length]);
  const { hasPrefix, isRelative, blocksBack, isRecurrent, compresses } = traits;
  const { localBlock: blockLength, maxDistance: rows, compressionFactor: groupLength } = config;
  if (isRecurrent) return segmentAttention(config, layer);
  const whole: LayerAttention['visibility'] = { kind: hasPrefix ? 'prefix' : 'causal' };
  return {
    visibility:
      blocksBack === undefined || blockLength === undefined
        ? whole
        : { kind: 'local', blockLength, blocksBack },
    ...(isRelative &&
      rows !== undefined && {
        distances: { name: `blocks.${layer}.attention.distances.weight`, rows },
      }),
    ...(compresses &&
      groupLength !== undefined && { compression: { groupLength, of: compresses } }),
  };
}

function segmentAttention(
  { contextLength, memory = 0 }: AttentionSettings,
  layer: number,
): LayerAttention {
  const name = `blocks.${layer}.attention`;
  return {
    visibility: { kind: 'segments', segmentLength: contextLength, memory },
    sinusoids: { distance: `${name}.distance`, content: `${name}.content` },
  };
}

/** Whether a model remembers earlier segments. */
export function isRecurrent({ attention }: Pick<ModelConfig, 'attention'>): boolean {
  return kindsOf(attention).some((kind) => attentionTraits(kind).isRecurrent);
}

/** Most positions of a sequence: a context, or any number for a model that remembers. */
export function mostPositions(config: Pick<ModelConfig, 'attention' | 'contextLength'>): number {
  return isRecurrent(config) ? Infinity : config.contextLength;
}

/** The kinds of the pattern that was asked for last: a model asks for its own, layer after layer. */
let latest: { readonly pattern?: string; readonly kinds: readonly AttentionKind[] } = { kinds: [] };

/** The kinds of a pattern, in order. */
export function kindsOf(pattern: AttentionPattern): readonly AttentionKind[] {
  if (pattern !== latest.pattern) {
    latest = { pattern, kinds: pattern.split(',') as AttentionKind[] }; // checked at the door
  }
  return latest.kinds;
}

export function attentionTraits(kind: AttentionKind): AttentionTraits {
  return KINDS[kind];
}
