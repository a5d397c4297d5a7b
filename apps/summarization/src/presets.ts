import type { ModelConfig, TrainingConfig } from '@ramble/core';
import type { SummarizationOptions } from '@ramble/summarization';

type Preset = Partial<ModelConfig & TrainingConfig & SummarizationOptions>;

/** What all sizes have in common. */
const RECIPE: Preset = {
  contextLength: 256,
  batchSize: 32,
  learningRate: 1e-3,
  minLearningRate: 1e-5,
  warmupSteps: 300,
  beta2: 0.98,
  weightDecay: 0.1,
  evalInterval: 500,
  saveInterval: 500,
};

/** Summarizers by size. `small` learns some tens of thousands of short documents in some hours on two cores. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  tiny: {
    ...RECIPE,
    nLayer: 3,
    nHead: 4,
    nEmbd: 128,
    bpeVocabSize: 4000,
    maxSteps: 3000,
    dropout: 0,
  },
  /** Eight of them and a model of text take about an hour on two cores: `curve`. */
  curve: {
    ...RECIPE,
    nLayer: 3,
    nHead: 4,
    nEmbd: 128,
    contextLength: 128,
    bpeVocabSize: 4000,
    maxSteps: 1000,
    warmupSteps: 100,
    evalInterval: 250,
    saveInterval: 250,
    patience: 3,
    dropout: 0.1,
  },
  small: {
    ...RECIPE,
    nLayer: 6,
    nHead: 4,
    nEmbd: 256,
    bpeVocabSize: 8000,
    maxSteps: 8000,
    dropout: 0.1,
  },
  base: {
    ...RECIPE,
    nLayer: 6,
    nHead: 8,
    nEmbd: 512,
    bpeVocabSize: 16_000,
    contextLength: 512,
    learningRate: 5e-4,
    warmupSteps: 2000,
    maxSteps: 50_000,
    dropout: 0.1,
  },
};
