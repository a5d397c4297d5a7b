import { checkSettings } from './check-settings.js';
import { ATTENTION_KINDS, type AttentionKind, attentionTraits } from './layer-attention.js';
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
  /** What a position may see, and whether it knows how far away that is. */
  readonly attention: AttentionKind;
  /** Where attention is relative: distances that have a vector of their own, M, from 0 to M - 1. */
  readonly maxDistance?: number;
  /** Where attention is local: positions of a block. */
  readonly localBlock?: number;
  /** Added to the variance in every layer normalisation. */
  readonly layerNormEps: number;
}

/** T-DMCA's (Liu et al. 2018, section 4.2.4). */
const LOCAL_BLOCK = 256;

/** The smallest model that learns a book's style on a CPU in minutes: nanoGPT's CPU recipe. */
export const MODEL_SETTINGS: SettingTable<ModelConfig> = {
  vocabSize: { kind: 'integer', min: 1, description: 'Number of different tokens.' },
  contextLength: {
    kind: 'integer',
    min: 1,
    default: 64,
    description: 'Most tokens that the model sees at once.',
  },
  nLayer: { kind: 'integer', min: 1, default: 4, description: 'Number of transformer blocks.' },
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
  attention: {
    kind: 'choice',
    choices: ATTENTION_KINDS,
    default: 'causal',
    description:
      'What a token may see: the past, also the whole prompt it belongs to, or blocks of tokens; relative knows distances.',
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
  return { ...config, mlpDim: given.mlpDim ?? 4 * config.nEmbd, ...attentionSizes(config) };
}

/** @throws RangeError for a size of another kind of attention. */
function attentionSizes(config: ModelConfig): Pick<ModelConfig, 'maxDistance' | 'localBlock'> {
  const { attention, contextLength } = config;
  const { isRelative, blocksBack } = attentionTraits(attention);
  const refuse = (name: 'maxDistance' | 'localBlock', kind: string): void => {
    if (config[name] === undefined) return;
    throw new RangeError(
      `${name}: expected nothing where attention is not ${kind} (${attention}), got ${config[name]}`,
    );
  };
  if (!isRelative) refuse('maxDistance', 'relative');
  if (blocksBack === undefined) {
    refuse('localBlock', 'local');
    return isRelative ? { maxDistance: config.maxDistance ?? contextLength } : {};
  }
  const localBlock = config.localBlock ?? LOCAL_BLOCK;
  const farthest = Math.min(contextLength, (blocksBack + 1) * localBlock);
  return { localBlock, ...(isRelative && { maxDistance: config.maxDistance ?? farthest }) };
}
