import type { ModelConfig, TrainingConfig } from '@ramble/core';

/** Settings for some minutes on a CPU, and those of Music Transformer's paper for a large machine. */
export const PRESETS: Readonly<Record<string, Partial<ModelConfig & TrainingConfig>>> = {
  'music-cpu': {
    nLayer: 4,
    nHead: 4,
    nEmbd: 128,
    contextLength: 256,
    attention: 'relative',
    batchSize: 8,
    learningRate: 1e-3,
    minLearningRate: 1e-4,
    warmupSteps: 100,
    beta2: 0.99,
    maxSteps: 2000,
    dropout: 0.1,
  },
  'music-transformer': {
    nLayer: 6,
    nHead: 8,
    nEmbd: 512,
    mlpDim: 1024,
    contextLength: 2048,
    attention: 'relative',
    batchSize: 8,
    learningRate: 3e-4,
    warmupSteps: 1000,
    maxSteps: 100_000,
    dropout: 0.1,
  },
};

/** Settings for some minutes on a CPU; of bars with several instruments a context holds about eight. */
export const BAND_PRESETS: Readonly<Record<string, Partial<ModelConfig & TrainingConfig>>> = {
  'band-cpu': { ...PRESETS['music-cpu'], contextLength: 512, batchSize: 4 },
};
