import { modelConfig, trainingConfig } from '@ramble/core';
import type { NewRun } from '@ramble/runs';

const SHAPE = { contextLength: 16, nLayer: 1, nHead: 2 } as const;

/** A run whose checkpoints take some milliseconds to write: 2.4 MB each. */
export const smallRun: NewRun = {
  domain: { name: 'text', options: {}, files: { 'characters.json': '["a","b"]' } },
  model: modelConfig({ ...SHAPE, vocabSize: 500, nEmbd: 96 }),
  training: trainingConfig(),
  data: {},
  engine: 'cpu',
};

/** A run whose checkpoints take 0.13 MB each. */
export const tinyRun: NewRun = {
  ...smallRun,
  model: modelConfig({ ...SHAPE, vocabSize: 30, nEmbd: 48, mlpDim: 9 }),
};
