import { checkSettings } from './check-settings.js';
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
  /** What a position may see: itself and the past, or also the whole prefix it belongs to. */
  readonly attention: 'causal' | 'prefix';
  /** Added to the variance in every layer normalisation. */
  readonly layerNormEps: number;
}

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
    choices: ['causal', 'prefix'],
    default: 'causal',
    description: 'What a token may see: the past, or also the whole prompt it belongs to.',
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
  return { ...config, mlpDim: given.mlpDim ?? 4 * config.nEmbd };
}
