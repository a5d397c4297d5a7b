import { checkSettings } from './check-settings.js';
import {
  ATTENTION_KINDS,
  type AttentionPattern,
  attentionTraits,
  isRecurrent,
  kindsOf,
} from './layer-attention.js';
import type { SettingTable } from './settings.js';

/** The shape of a model. Names are GPT-2's, so that papers and configs map one to one. */
export interface ModelConfig {
  /** Number of different token ids, V. */
  readonly vocabSize: number;
  /** Most positions that the model sees at once. */
  readonly contextLength: number;
  /** Number of blocks. */
  readonly nLayer: number;
  /** Attention heads of each block, H; divides `nEmbd`. */
  readonly nHead: number;
  /** Width of the residual stream, C. */
  readonly nEmbd: number;
  /** Width of the MLP's hidden layer, F; 4 x `nEmbd` unless given. */
  readonly mlpDim: number;
  /**
   * Where learned positions are added: before the first block, or before every one. Nothing where
   * attention is transformer-xl, which tells positions by their distances alone.
   */
  readonly positions?: 'input' | 'every-layer';
  /**
   * What a position may see, and whether it knows how far away that is: in every layer, or by layer.
   * One name where all layers are alike.
   */
  readonly attention: AttentionPattern;
  /** Where attention is relative: distances that have a vector of their own, M, from 0 to M - 1. */
  readonly maxDistance?: number;
  /** Where attention is local: positions of a block. */
  readonly localBlock?: number;
  /** Where attention is transformer-xl: positions of earlier segments that every layer remembers. */
  readonly memory?: number;
  /** Where attention is compressed: positions of a group, which is seen as one. */
  readonly compressionFactor?: number;
  /** Added to the variance in every layer normalisation. */
  readonly layerNormEps: number;
}

/** T-DMCA's (Liu et al. 2018, section 4.2.4). */
const [LOCAL_BLOCK, COMPRESSION_FACTOR] = [256, 3];
/**
 * Most positions that are remembered, or the context where it is longer: each is kept in every layer, and
 * each token attends to all. Transformer-XL's longest evaluation remembers 3,800.
 */
const MOST_REMEMBERED = 2 ** 16;

/** Ten times the deepest transformers: the names of more would fill the memory before a number is read. */
const MOST_LAYERS = 10_000;

/** The smallest model that learns a book's style on a CPU in minutes: nanoGPT's CPU recipe. */
export const MODEL_SETTINGS: SettingTable<ModelConfig> = {
  vocabSize: { kind: 'integer', min: 1, description: 'Number of different tokens.' },
  contextLength: {
    kind: 'integer',
    min: 1,
    default: 64,
    description: 'Maximum number of tokens that the model sees at once.',
  },
  nLayer: {
    kind: 'integer',
    min: 1,
    max: MOST_LAYERS,
    default: 4,
    description: 'Number of transformer blocks.',
  },
  nHead: {
    kind: 'integer',
    min: 1,
    default: 4,
    description: 'Attention heads of each block; divides the width.',
  },
  nEmbd: { kind: 'integer', min: 1, default: 128, description: 'Width of the residual stream.' },
  mlpDim: {
    kind: 'integer',
    min: 1,
    derived: '4 x nEmbd',
    description: 'Width of the hidden layer of the MLP.',
  },
  positions: {
    kind: 'choice',
    choices: ['input', 'every-layer'],
    derived: 'input; nothing where attention is transformer-xl',
    isLater: true,
    description: 'Where learned positions are added: before the first block, or before every one.',
  },
  attention: {
    kind: 'choice',
    choices: ATTENTION_KINDS,
    isPattern: true,
    default: 'causal',
    description:
      'What a token may see: the past, also the whole prompt it belongs to, blocks of tokens, or all in groups (compressed); relative knows distances. Several go by layer, over and over: local,compressed.',
  },
  maxDistance: {
    kind: 'integer',
    min: 1,
    derived: 'contextLength, or two blocks, where attention is relative',
    isLater: true,
    description: 'Distances that relative attention knows; farther tokens are seen without one.',
  },
  localBlock: {
    kind: 'integer',
    min: 1,
    derived: `${LOCAL_BLOCK} where attention is local`,
    isLater: true,
    description: 'Tokens of a block; local attention sees a block and the one before it.',
  },
  memory: {
    kind: 'integer',
    min: 0,
    derived: 'contextLength where attention is transformer-xl',
    isLater: true,
    description: 'Tokens of earlier segments that transformer-xl remembers; 0 for none.',
  },
  compressionFactor: {
    kind: 'integer',
    min: 2,
    derived: `${COMPRESSION_FACTOR} where attention is compressed`,
    isLater: true,
    description: 'Tokens of a group, which compressed attention sees as one.',
  },
  layerNormEps: {
    kind: 'number',
    min: 0,
    exclusive: 'min',
    default: 1e-5,
    description: 'Added to the variance in every layer normalisation.',
  },
};

/**
 * Fills in defaults and checks the whole.
 *
 * @throws TypeError or RangeError that names the setting.
 */
export function modelConfig(given: Readonly<Partial<ModelConfig>>): ModelConfig {
  const config = checkSettings(MODEL_SETTINGS, given);
  if (config.nEmbd % config.nHead !== 0) {
    throw new RangeError(
      `nHead: expected a divisor of nEmbd (${config.nEmbd}), got ${config.nHead}`,
    );
  }
  const attention = layerPattern(config);
  const sizes = attentionSizes({ ...config, attention });
  return {
    ...config,
    mlpDim: given.mlpDim ?? 4 * config.nEmbd,
    attention,
    ...sizes,
    ...placing({ ...config, attention }),
  };
}

/**
 * The pattern of a model's layers; one name where they are alike.
 *
 * @throws RangeError for more kinds than layers, or a prefix or a memory in some layers alone.
 */
function layerPattern({ attention, nLayer }: ModelConfig): AttentionPattern {
  const kinds = kindsOf(attention);
  if (kinds.length > nLayer) {
    throw new RangeError(
      `attention: expected at most ${nLayer} kinds (nLayer), got ${kinds.length} (${attention})`,
    );
  }
  if (kinds.every((kind) => kind === kinds[0])) return kinds[0];
  // A prefix that one layer sees both ways would be read as a whole, and learned from, by none.
  if (kinds.some((kind) => attentionTraits(kind).hasPrefix)) {
    throw new RangeError(`attention: expected prefix in all layers or in none, got ${attention}`);
  }
  // Positions that one layer needs at its input are those that a memory cannot have.
  if (isRecurrent({ attention })) {
    throw new RangeError(
      `attention: expected transformer-xl in all layers or in none, got ${attention}`,
    );
  }
  return attention;
}

/**
 * How positions are told: where they are added, or by distances that go back into a memory.
 *
 * @throws RangeError for what does not go together.
 */
function placing(config: ModelConfig): Pick<ModelConfig, 'positions' | 'memory'> {
  const { attention, positions, memory, contextLength, nEmbd } = config;
  if (!isRecurrent(config)) {
    if (memory === undefined) return { positions: positions ?? 'input' };
    throw new RangeError(
      `memory: expected nothing where attention is not transformer-xl (${attention}), got ${memory}; ` +
        'learned positions are of one segment',
    );
  }
  if (positions !== undefined) {
    throw new RangeError(
      `positions: expected nothing where attention is transformer-xl, which knows distances alone, got ${positions}`,
    );
  }
  if (nEmbd % 2 !== 0) {
    throw new RangeError(
      `nEmbd: expected an even number where attention is transformer-xl, whose sines have cosines, got ${nEmbd}`,
    );
  }
  const most = Math.max(MOST_REMEMBERED, contextLength);
  if (memory !== undefined && memory > most) {
    throw new RangeError(
      `memory: expected at most ${most} positions, which every layer keeps, got ${memory}`,
    );
  }
  return { memory: memory ?? contextLength };
}

/** @throws RangeError for a size of another kind of attention. */
function attentionSizes(config: ModelConfig): Partial<ModelConfig> {
  const { attention, contextLength } = config;
  const traits = kindsOf(attention).map(attentionTraits);
  const refuse = (name: AttentionSize, kind: string): void => {
    if (config[name] === undefined) return;
    throw new RangeError(
      `${name}: expected nothing where attention is not ${kind} (${attention}), got ${config[name]}`,
    );
  };
  const relative = traits.filter(({ isRelative }) => isRelative);
  const isLocal = traits.some(({ blocksBack }) => blocksBack !== undefined);
  const isCompressed = traits.some(({ compresses }) => compresses !== undefined);
  if (relative.length === 0) refuse('maxDistance', 'relative');
  if (!isLocal) refuse('localBlock', 'local');
  if (!isCompressed) refuse('compressionFactor', 'compressed');
  const { localBlock = LOCAL_BLOCK, compressionFactor = COMPRESSION_FACTOR } = config;
  const farthest = relative.map(({ blocksBack = Infinity }) =>
    Math.min(contextLength, (blocksBack + 1) * localBlock),
  );
  return {
    ...(isLocal && { localBlock }),
    ...(isCompressed && { compressionFactor }),
    ...(relative.length > 0 && { maxDistance: config.maxDistance ?? Math.max(...farthest) }),
  };
}

/** Settings that some kinds of attention have. */
type AttentionSize = 'maxDistance' | 'localBlock' | 'compressionFactor';
