import type { ModelConfig, TrainingConfig } from '@ramble/core';

/** What both recipes have in common, beside ramble's defaults. */
const NANOGPT: Partial<TrainingConfig> = {
  learningRate: 1e-3,
  minLearningRate: 1e-4,
  warmupSteps: 100,
  beta2: 0.99,
  weightDecay: 0.1,
  gradClip: 1,
};

/**
 * nanoGPT's recipes for a megabyte of characters: a few minutes on a CPU, and the full one.
 *
 * @see https://github.com/karpathy/nanoGPT (README and config/train_shakespeare_char.py)
 */
export const PRESETS: Readonly<Record<string, Partial<ModelConfig & TrainingConfig>>> = {
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
};
