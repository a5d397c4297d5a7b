import {
  createModel,
  type Model,
  modelConfig,
  randomAt,
  trainingConfig,
  type TrainingState,
} from '@ramble/core';
import { slotsOf } from '@ramble/core/training';

import { createRun, type NewRun, type Run } from '../src/run/open-run.js';
import { memoryStorage, type RunStorage } from '../src/storage/run-storage.js';

export const tinyConfig = modelConfig({
  vocabSize: 7,
  contextLength: 5,
  nLayer: 2,
  nHead: 3,
  nEmbd: 6,
  mlpDim: 10,
});

export const tinyRun: NewRun = {
  domain: {
    name: 'text',
    options: { tokenizer: 'char' },
    files: { 'characters.json': '["a","b"]\n', 'settings.json': '{}' },
  },
  model: tinyConfig,
  training: trainingConfig({ seed: 3 }),
  data: { data: { path: 'moby.txt', sha256: '5e'.repeat(32) } },
  engine: 'cpu',
};

/** Makes a run in memory, named RUN. */
export function createTinyRun(overrides: Partial<NewRun> = {}): Promise<Run> {
  return createRun(memoryStorage('RUN'), { ...tinyRun, ...overrides });
}

/** Makes a model whose moments are random numbers other than zero, as after some updates. */
export function tinyModel(seed = 0): Model {
  const model = createModel(tinyConfig, { seed });
  model.parameters.specs.forEach(({ name }, i) => {
    for (const slot of slotsOf('adam')) {
      const { length } = model.parameters.read(name);
      model.parameters.write(name, randomValues(length, 100 * seed + i), slot);
    }
  });
  return model;
}

/** Returns normally distributed numbers, different for each stream. */
function randomValues(count: number, stream: number, deviation = 1): Float32Array {
  const random = randomAt({ seed: 11, purpose: 'init', step: 0, stream });
  return Float32Array.from({ length: count }, (_, i) => deviation * random.normal(i));
}

export function stateAt(step: number, best: Partial<TrainingState> = {}): TrainingState {
  return {
    step,
    evaluationsWithoutImprovement: 0,
    tokensSeen: 60 * step,
    elapsedSeconds: 0.5,
    ...best,
  };
}

/**
 * Changes the text of a file. If the file is run.json, it also removes the checksum, as an editing person
 * would.
 */
export async function edit(
  storage: RunStorage,
  path: string,
  change: (text: string) => string,
): Promise<void> {
  const file = await storage.open(path);
  const text = new TextDecoder().decode(await file.read(0, file.sizeBytes));
  const accepted = path === 'run.json' ? text.replace(/ *"checksum": .*\n/, '') : text;
  await storage.writeText(path, change(accepted));
}
