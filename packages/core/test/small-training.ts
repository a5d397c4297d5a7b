import { trainingConfig } from '../src/config/training-config.js';

/** A small model, a batch for it, and the settings of its training. */
export const smallTraining = {
  size: { vocabSize: 11, contextLength: 6, nLayer: 2, nHead: 2, nEmbd: 8 },
  batch: {
    batchSize: 2,
    tokens: Int32Array.from({ length: 12 }, (_, i) => i % 11),
    targets: Int32Array.from({ length: 12 }, (_, i) => (3 * i) % 11),
    weights: new Float32Array(12).fill(1),
  },
  config: { ...trainingConfig({ maxSteps: 4 }), seed: 5 },
};
