import type { AttentionSettings } from '../attention/attention-kind.js';
import { ATTENTION_NAMES, type AttentionPattern } from '../attention/attention-kinds.js';
import { ATTENTION_SIZES, completeAttention } from '../attention/attention-settings.js';
import { checkSettings } from '../settings/check-settings.js';
import type { SettingTable } from '../settings/settings.js';

/**
 * The shape of a model. Names are GPT-2's, so that papers and configs map one to one. What a field means is
 * its description in {@link MODEL_SETTINGS}; comments here add what that leaves out.
 */
export interface ModelConfig extends AttentionSettings {
  /** Number of different token ids, V. */
  readonly vocabSize: number;
  readonly nLayer: number;
  /** Width of the MLP's hidden layer, F; 4 x `nEmbd` unless given. */
  readonly mlpDim: number;
  /** The learned positions; absent with attention transformer-xl, which uses only distances. */
  readonly positions?: 'input' | 'every-layer';
  /** The kinds of attention by layer; a single name where all layers have the same kind. */
  readonly attention: AttentionPattern;
  readonly layerNormEps: number;
}

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
    description: 'Number of attention heads in each block; must divide the width.',
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
    derived: 'input; nothing where attention is transformer-xl or alibi',
    isLater: true,
    description: 'Where learned positions are added: before the first block, or before every one.',
  },
  attention: {
    kind: 'choice',
    choices: ATTENTION_NAMES,
    isPattern: true,
    default: 'causal',
    description:
      'What a token attends to: the past, also the whole of its prompt (prefix), blocks of tokens (local), or groups of tokens (compressed); relative and alibi add distances. A list names one for each layer and repeats: local,compressed.',
  },
  ...ATTENTION_SIZES,
  layerNormEps: {
    kind: 'number',
    min: 0,
    exclusive: 'min',
    default: 1e-5,
    description: 'Added to the variance in every layer normalisation.',
  },
};

/**
 * Fills in the defaults of a model's settings and checks all of them.
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
  return { ...config, mlpDim: given.mlpDim ?? 4 * config.nEmbd, ...completeAttention(config) };
}
