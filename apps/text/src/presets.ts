import type { ModelConfig, TrainingConfig } from '@ramble/core';
import type { TextOptions } from '@ramble/language';

type Preset = Partial<ModelConfig & TrainingConfig & TextOptions>;

/** What `train` has without a preset: a small model that learns a book in minutes on a CPU. */
export const DEFAULTS: Partial<ModelConfig & TrainingConfig> = {
  contextLength: 256,
  batchSize: 4,
  learningRate: 2e-3,
  schedule: 'wsd',
  dropout: 0.05,
};

/** What both recipes have in common, beside ramble's defaults. */
const NANOGPT: Preset = {
  tokenizer: 'char',
  learningRate: 1e-3,
  minLearningRate: 1e-4,
  warmupSteps: 100,
  beta2: 0.99,
  weightDecay: 0.1,
  gradClip: 1,
};

/**
 * The deep character model: positions at every layer, and losses that only training has. The paper
 * drops activations elsewhere, and trains for 4,000,000 steps.
 */
const CHARACTERS: Preset = {
  tokenizer: 'char',
  nHead: 2,
  nEmbd: 512,
  contextLength: 512,
  positions: 'every-layer',
  secondTarget: 0.5,
  intermediateLosses: true,
  batchSize: 16,
  dropout: 0.55,
  optimizer: 'sgd',
  momentum: 0.99,
  learningRate: 0.003,
  schedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0,
};

/**
 * nanoGPT's recipes for a megabyte of characters, a few minutes on a CPU and the full one; the two
 * character models of Al-Rfou et al.
 *
 * @see https://github.com/karpathy/nanoGPT (README and config/train_shakespeare_char.py)
 * @see Al-Rfou et al. 2018, https://arxiv.org/abs/1808.04444
 */
export const PRESETS: Readonly<Record<string, Preset>> = {
  'nanogpt-cpu': {
    ...NANOGPT,
    nLayer: 4,
    nHead: 4,
    nEmbd: 128,
    contextLength: 64,
    batchSize: 12,
    maxSteps: 2000,
    dropout: 0,
  },
  'nanogpt-gpu': {
    ...NANOGPT,
    nLayer: 6,
    nHead: 6,
    nEmbd: 384,
    contextLength: 256,
    batchSize: 64,
    maxSteps: 5000,
    dropout: 0.2,
  },
  t12: { ...CHARACTERS, nLayer: 12 },
  t64: { ...CHARACTERS, nLayer: 64, recompute: true },
};
