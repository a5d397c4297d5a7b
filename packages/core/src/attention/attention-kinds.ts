import type { AttentionKind, AttentionSettings, AttentionSize } from './attention-kind.js';
import {
  type AttentionMask,
  blockMask,
  CAUSAL_MASK,
  PREFIX_MASK,
  windowMask,
} from './attention-mask.js';

/** A kind of mask: its setting, its properties, and a function that makes the mask of a model. */
export interface MaskKind {
  readonly size?: AttentionSize;
  readonly hasPrefix?: true;
  readonly slides?: true;
  readonly isMovable?: true;
  readonly of: (model: AttentionSettings) => AttentionMask;
}

/** The causal mask: every position sees all positions up to itself. */
export const CAUSAL: MaskKind = { isMovable: true, of: () => CAUSAL_MASK };

/** A causal mask, except that the positions of a prefix see one another in both directions. */
export const PREFIX: MaskKind = { hasPrefix: true, of: () => PREFIX_MASK };

/** Default number of positions that window attention sees. */
const DEFAULT_WINDOW = 256;

/** A sliding window: a position sees itself and the positions right before it. */
export const WINDOW: MaskKind = {
  size: {
    name: 'window',
    setting: {
      min: 1,
      derived: `${DEFAULT_WINDOW} if attention is window`,
      description: 'Number of tokens that a token sees in window attention, including itself.',
    },
    owner: 'window',
    fill: () => DEFAULT_WINDOW,
  },
  slides: true,
  of: ({ window: length = DEFAULT_WINDOW }) => windowMask(length),
};

/** Default number of positions in a block, as in T-DMCA (Liu et al. 2018, section 4.2.4). */
const DEFAULT_BLOCK = 256;

const LOCAL_BLOCK: AttentionSize = {
  name: 'localBlock',
  setting: {
    min: 1,
    derived: `${DEFAULT_BLOCK} if attention is local`,
    description: 'Number of tokens in a block; local attention sees a block and the one before it.',
  },
  owner: 'local',
  fill: () => DEFAULT_BLOCK,
};

/** A local mask: a position sees its own block up to itself, and the whole block before it. */
export const LOCAL = localMask(1);

/** A mask of independent blocks: a position sees only its own block. */
export const LOCAL_INDEPENDENT = localMask(0);

function localMask(blocksBack: number): MaskKind {
  return {
    size: LOCAL_BLOCK,
    of: ({ localBlock = DEFAULT_BLOCK }) => blockMask(localBlock, blocksBack),
  };
}

/** Properties of a term that is added to the scores of queries and keys. */
interface TermProperties {
  readonly size?: AttentionSize;
  /** Whether the term replaces positions, so that a model learns no positions. */
  readonly replacesPositions?: true;
}

/**
 * Returns a kind of attention in which a position attends to single visible positions, not to compressed groups. An
 * optional term is added to the scores.
 */
function masked(
  { size: maskSize, of: maskOf, ...flags }: MaskKind,
  term?: TermProperties,
): AttentionKind {
  const replacesPositions = term?.replacesPositions;
  return {
    ...flags,
    ...(replacesPositions && { replacesPositions }),
    sizes: [maskSize, term?.size].filter((size) => size !== undefined),
    heads: term ? 'equal' : 'any',
    // If only some layers saw a prefix both ways, it could neither be read as a whole nor trained. A layer
    // that needs positions at the input would lack them next to a layer that replaces them.
    spans: flags.hasPrefix || replacesPositions ? 'model' : 'layer',
    mostSeen: (model) => maskOf(model).max(model.contextLength),
  };
}

const MAX_DISTANCE: AttentionSize = {
  name: 'maxDistance',
  setting: {
    min: 1,
    derived: 'contextLength, or two blocks, if attention is relative',
    description:
      'Number of distances that relative attention learns a vector for; farther tokens have none.',
  },
  owner: 'relative',
  fill: (model, kinds) => Math.max(...kinds.map((kind) => kind.mostSeen(model))),
};

/** Properties of relative attention: a learned vector for each distance (`relativeTerm`). */
const RELATIVE: TermProperties = { size: MAX_DISTANCE };

/** Default number of positions in a group, as in T-DMCA (Liu et al. 2018, section 4.2.4). */
export const DEFAULT_FACTOR = 3;

const COMPRESSION_FACTOR: AttentionSize = {
  name: 'compressionFactor',
  setting: {
    min: 2,
    derived: `${DEFAULT_FACTOR} if attention is compressed`,
    description: 'Number of tokens that compressed attention merges into one.',
  },
  owner: 'compressed',
  fill: () => DEFAULT_FACTOR,
};

const COMPRESSED: AttentionKind = {
  sizes: [COMPRESSION_FACTOR],
  heads: 'equal',
  spans: 'layer',
  mostSeen: ({ contextLength }) => contextLength,
};

/**
 * Maximum of the setting `memory` of Transformer-XL attention, unless the context is longer. Every layer stores each
 * remembered position, and each token attends to all of them. The longest evaluation of the Transformer-XL paper
 * remembers 3,800.
 */
const MAX_REMEMBERED = 2 ** 16;

const MEMORY: AttentionSize = {
  name: 'memory',
  setting: {
    min: 0,
    derived: 'contextLength if attention is transformer-xl',
    description: 'Number of tokens of earlier segments that transformer-xl remembers; 0 for none.',
  },
  owner: 'transformer-xl',
  reason: 'learned positions count within one segment',
  fill: ({ contextLength }) => contextLength,
  check: ({ memory = 0, contextLength }) => {
    const max = Math.max(MAX_REMEMBERED, contextLength);
    if (memory <= max) return;
    throw new RangeError(
      `memory: expected at most ${max} positions, which every layer keeps, got ${memory}`,
    );
  },
};

const TRANSFORMER_XL: AttentionKind = {
  sizes: [MEMORY],
  heads: 'equal',
  spans: 'model', // layers that need positions at the input would lack them for remembered positions
  replacesPositions: true,
  remembers: true,
  mostSeen: ({ contextLength, memory = 0 }) => contextLength + memory,
  check: ({ nEmbd }) => {
    if (nEmbd % 2 === 0) return;
    throw new RangeError(
      `nEmbd: expected an even number with attention transformer-xl, which pairs sines with cosines, got ${nEmbd}`,
    );
  },
};

/**
 * All kinds of attention by name. All of them support padding and dropout.
 *
 * @see Raffel et al. 2020, section 3.2.1, https://arxiv.org/abs/1910.10683, for prefix language models; Beltagy et al.
 * 2020, section 3.1, https://arxiv.org/abs/2004.05150, for windows; Liu et al. 2018, section 4.2.4,
 * https://arxiv.org/abs/1801.10198, for local and compressed attention
 */
const KINDS = {
  causal: masked(CAUSAL),
  prefix: masked(PREFIX),
  relative: masked(CAUSAL, RELATIVE),
  local: masked(LOCAL),
  'local-independent': masked(LOCAL_INDEPENDENT),
  'relative-local': masked(LOCAL, RELATIVE),
  window: masked(WINDOW),
  'transformer-xl': TRANSFORMER_XL,
  alibi: masked(CAUSAL, { replacesPositions: true }),
  compressed: COMPRESSED,
  'compressed-input': COMPRESSED,
} as const satisfies Readonly<Record<string, AttentionKind>>;

/** The name of a kind of attention, as `attention` of the model config takes it. */
export type AttentionName = keyof typeof KINDS;
/** The names of all kinds of attention. */
export const ATTENTION_NAMES = Object.keys(KINDS) as readonly AttentionName[]; // its own keys

/**
 * A kind of attention for all layers, or a list of kinds with commas between them, one per layer. The list
 * repeats if the model has more layers: `local,causal`.
 */
export type AttentionPattern = AttentionName | `${AttentionName},${string}`;

/** Returns the kinds of attention in a pattern, in order, including repetitions. */
export function patternKinds(pattern: AttentionPattern): AttentionKind[] {
  return patternNames(pattern).map((name) => KINDS[name]);
}

/** Returns the names in a pattern, in order, including repetitions. */
export function patternNames(pattern: AttentionPattern): AttentionName[] {
  return pattern.split(',') as AttentionName[]; // checked with the config
}

/** Returns all kinds of attention, each once. */
export function allKinds(): readonly AttentionKind[] {
  return Object.values(KINDS);
}
