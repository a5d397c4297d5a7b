import { createModel, trainingConfig } from '@ramble/core';
import { slotsOf } from '@ramble/core/training';

import { openSafetensors } from '../safetensors/open-safetensors.js';

import { createTinyRun, stateAt, tinyModel } from '../../test/tiny-run.js';
import { loadRun } from './load-run.js';
import { resumeRun, saveCheckpoint } from './save-and-resume.js';

describe('saveCheckpoint', () => {
  it('saves the complete state that training resumes from', async () => {
    const run = await createTinyRun();
    const model = tinyModel(1);
    const state = stateAt(20, { bestLoss: 1.5, bestStep: 10, evaluationsWithoutImprovement: 1 });
    await saveCheckpoint(run, model, state);
    const resumed = await resumeRun(run.storage);
    expect(resumed.state).toEqual(state);
    expect(resumed.description).toEqual(run.description);
    expect(resumed.model.config).toEqual(model.config);
    for (const { name } of model.parameters.specs) {
      for (const slot of [undefined, ...slotsOf('adam')]) {
        expect(resumed.model.parameters.read(name, slot)).toEqual(
          model.parameters.read(name, slot),
        );
      }
    }
  });

  it('writes our names, and the velocity alone for SGD', async () => {
    const run = await createTinyRun({ training: trainingConfig({ optimizer: 'sgd' }) });
    await saveCheckpoint(run, tinyModel(), stateAt(0));
    expect(await run.storage.list('checkpoints/00000000')).toEqual([
      'model.safetensors',
      'training.json',
      'training.safetensors',
    ]);
    const namesOf = async (file: string): Promise<string[]> => {
      const source = await run.storage.open(`checkpoints/00000000/${file}.safetensors`);
      return [...(await openSafetensors(source)).tensors.keys()];
    };
    const names = tinyModel().parameters.specs.map(({ name }) => name);
    expect(await namesOf('model')).toEqual(names);
    expect(await namesOf('training')).toEqual(names.map((name) => `${name}.mean`));
    expect((await resumeRun(run.storage)).state.step).toBe(0);
  });

  it('keeps the best checkpoint and the newest two', async () => {
    const run = await createTinyRun();
    const model = tinyModel();
    await saveCheckpoint(run, model, stateAt(0));
    await saveCheckpoint(run, model, stateAt(10, { bestStep: 10, bestLoss: 2 }));
    for (const step of [20, 30, 40]) {
      await saveCheckpoint(run, model, stateAt(step, { bestStep: 10, bestLoss: 2 }));
    }
    expect(await run.storage.list('checkpoints')).toEqual(['00000010', '00000030', '00000040']);
    await saveCheckpoint(run, model, stateAt(50, { bestStep: 50, bestLoss: 1 }));
    expect(await run.storage.list('checkpoints')).toEqual(['00000040', '00000050']);
    await saveCheckpoint(run, model, stateAt(60, { bestStep: 50, bestLoss: 1 }), {
      keepCheckpoints: 1,
    });
    expect(await run.storage.list('checkpoints')).toEqual(['00000050', '00000060']);
  });

  it('orders steps as numbers, beyond eight digits too', async () => {
    const run = await createTinyRun();
    const model = tinyModel();
    for (const step of [99_999_998, 99_999_999, 100_000_000]) {
      await saveCheckpoint(run, model, stateAt(step));
    }
    expect(await run.storage.list('checkpoints')).toEqual(['100000000', '99999999']);
    expect((await loadRun(run.storage)).step).toBe(100_000_000);
  });

  it('leaves the run as it was when a checkpoint cannot be written', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10, { bestStep: 10, bestLoss: 2 }));
    const storage = {
      ...run.storage,
      writeFolder: () => Promise.reject(new Error('RUN: expected room, got a full disk')),
    };
    const state = stateAt(20, { bestStep: 20, bestLoss: 1 });
    await expect(saveCheckpoint({ ...run, storage }, tinyModel(), state)).rejects.toThrow(
      'full disk',
    );
    expect((await loadRun(run.storage)).step).toBe(10);
  });

  it('refuses a step that is saved, a state that cannot be read back, and a foreign model', async () => {
    const run = await createTinyRun();
    const model = tinyModel();
    await saveCheckpoint(run, model, stateAt(10));
    await expect(saveCheckpoint(run, model, stateAt(10))).rejects.toHaveProperty(
      'message',
      'RUN/checkpoints/00000010: expected nothing at that path, got something',
    );
    await expect(
      saveCheckpoint(run, model, stateAt(20, { bestLoss: NaN, bestStep: 20 })),
    ).rejects.toHaveProperty('message', 'bestLoss: expected a number, got NaN');
    const foreign = createModel({ ...model.config, nHead: 1, nKvHead: 1, headDim: 6 });
    await expect(saveCheckpoint(run, foreign, stateAt(20))).rejects.toHaveProperty(
      'message',
      'model: expected the settings in run.json, got other ones',
    );
    await expect(
      saveCheckpoint(run, model, stateAt(20), { keepCheckpoints: 0 }),
    ).rejects.toHaveProperty(
      'message',
      'keepCheckpoints: expected an integer of at least 1, got 0',
    );
    expect(await run.storage.list('checkpoints')).toEqual(['00000010']);
  });
});
