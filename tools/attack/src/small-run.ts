import { modelConfig, trainingConfig } from '@ramble/core';
import type { NewRun } from '@ramble/runs';

/** A run whose checkpoints take some milliseconds to write: 2.4 MB each. */
export const smallRun: NewRun = {
  domain: { name: 'text', options: {}, files: { 'characters.json': '["a","b"]' } },
  model: modelConfig({ vocabSize: 500, contextLength: 16, nLayer: 1, nHead: 2, nEmbd: 96 }),
  training: trainingConfig(),
  data: {},
  engine: 'cpu',
};
