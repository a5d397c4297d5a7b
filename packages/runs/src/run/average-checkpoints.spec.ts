import { createModel, trainingConfig } from '@ramble/core';
import { NEW_TRAINING } from '@ramble/core/training';

import { averageCheckpoints } from './load-run.js';
import { createRun } from './open-run.js';
import { memoryStorage } from '../storage/memory-storage.js';
import { saveCheckpoint } from './save-and-resume.js';

const SHAPE = { vocabSize: 5, contextLength: 4, nLayer: 1, nHead: 2, nEmbd: 6 };

describe('averageCheckpoints', () => {
  const models = [1, 2, 3].map((seed) => createModel(SHAPE, { seed }));
  const storage = memoryStorage();
  beforeAll(async () => {
    const run = await createRun(storage, {
      domain: { name: 'letters', options: {}, files: { 'letters.json': '{}' } },
      model: models[0].config,
      training: trainingConfig(),
      data: {},
      engine: 'cpu',
    });
    for (const [i, model] of models.entries()) {
      await saveCheckpoint(run, model, { ...NEW_TRAINING, step: 10 * i }, { keepCheckpoints: 9 });
    }
  });

  it('takes the mean of every parameter', async () => {
    const mean = await averageCheckpoints(storage, [20, 0]);
    for (const { name } of mean.parameters.specs) {
      const [first, last] = [models[0], models[2]].map(({ parameters }) => parameters.read(name));
      const expected = first.map((value, i) => (value + last[i]) / 2);
      expect(mean.parameters.read(name)).toBeAllClose(expected, { rtol: 1e-6, atol: 1e-8 });
    }
  });

  it('is the model itself for one', async () => {
    const mean = await averageCheckpoints(storage, [10]);
    for (const { name } of mean.parameters.specs) {
      expect(mean.parameters.read(name)).toEqual(models[1].parameters.read(name));
    }
  });

  it('rejects an empty list of steps, and a step without a checkpoint', async () => {
    await expect(averageCheckpoints(storage, [])).rejects.toThrow(
      new RangeError('steps: expected at least one checkpoint, got none'),
    );
    await expect(averageCheckpoints(storage, [15])).rejects.toThrow(
      'expected a step with a checkpoint (0, 10, 20), got 15',
    );
  });
});
