import type { ModelConfig, TrainingConfig } from '@ramble/core';
import type { TranslationOptions } from '@ramble/translation';

type Preset = Partial<ModelConfig & TrainingConfig & TranslationOptions>;

/** What all sizes have in common. */
const RECIPE: Preset = {
  contextLength: 128,
  batchSize: 64,
  learningRate: 1e-3,
  minLearningRate: 1e-5,
  warmupSteps: 400,
  beta2: 0.98,
  weightDecay: 0.1,
  labelSmoothing: 0.1,
  bestBy: 'score',
  scoredExamples: 500,
  evalInterval: 500,
  saveInterval: 500,
};

/**
 * Translators by size. `small` is for some tens of thousands of short pairs, such as captions of
 * pictures: thirteen rounds over 29,000 of them.
 */
export const PRESETS: Readonly<Record<string, Preset>> = {
  tiny: {
    ...RECIPE,
    nLayer: 3,
    nHead: 4,
    nEmbd: 128,
    bpeVocabSize: 4000,
    batchSize: 32,
    maxSteps: 3000,
    dropout: 0.1,
  },
  small: {
    ...RECIPE,
    nLayer: 6,
    nHead: 4,
    nEmbd: 256,
    bpeVocabSize: 6000,
    maxSteps: 6000,
    dropout: 0.2,
  },
  base: {
    ...RECIPE,
    nLayer: 6,
    nHead: 8,
    nEmbd: 512,
    bpeVocabSize: 16_000,
    contextLength: 256,
    learningRate: 7e-4,
    warmupSteps: 2000,
    maxSteps: 50_000,
    dropout: 0.1,
  },
};
