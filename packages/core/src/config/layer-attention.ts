import type { ModelConfig } from './model-config.js';

/** What makes a kind of attention; of two fields that are not together in a kind, there is none. */
interface AttentionTraits {
  /** The first positions of a sequence see one another both ways. */
  readonly hasPrefix?: true;
  /** Scores know how far away a key is, from a table that is learned. */
  readonly isRelative?: true;
  /** A position sees its own block of positions up to itself, and this many whole blocks before. */
  readonly blocksBack?: number;
}

/** All kinds of attention. Each of them may have padding and dropout. */
const KINDS = {
  causal: {},
  prefix: { hasPrefix: true },
  relative: { isRelative: true },
  local: { blocksBack: 1 },
  'local-independent': { blocksBack: 0 },
  'relative-local': { blocksBack: 1, isRelative: true },
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

/** A learned table of distances, a head's rows together: `[H * M, D]`. */
export interface DistanceTable {
  /** Of the parameter. */
  readonly name: string;
  /** Rows of a head, M: the last one is distance 0, the one before it 1, and so on. */
  readonly rows: number;
}

/** How the positions of a layer see one another. */
export interface LayerAttention {
  readonly visibility:
    | { readonly kind: 'causal' }
    /** The lengths of prefixes are a batch's. */
    | { readonly kind: 'prefix' }
    | LocalVisibility;
  readonly distances?: DistanceTable;
}

/** The attention of one layer of a model. */
export function layerAttention(config: ModelConfig, layer: number): LayerAttention {
  const kinds = kindsOf(config.attention);
  const { hasPrefix, isRelative, blocksBack } = attentionTraits(kinds[layer % kinds.length]);
  const { localBlock: blockLength, maxDistance: rows } = config;
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
  };
}

/** The kinds of a pattern, in order. */
export function kindsOf(pattern: AttentionPattern): AttentionKind[] {
  return pattern.split(',') as AttentionKind[]; // checked at the door
}

export function attentionTraits(kind: AttentionKind): AttentionTraits {
  return KINDS[kind];
}
