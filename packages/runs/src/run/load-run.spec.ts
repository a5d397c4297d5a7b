import { frozenParameterStore } from '@ramble/core/weights';
import { createModel, trainingConfig } from '@ramble/core';
import { NEW_TRAINING } from '@ramble/core/training';

import { openSafetensors } from '../safetensors/open-safetensors.js';
import { createTinyRun, edit, stateAt, tinyModel, tinyRun } from '../../test/tiny-run.js';
import { memoryStorage, type RunStorage } from '../storage/run-storage.js';
import { modelFile } from '../weights/load-model.js';
import { createRun, importRun } from './open-run.js';
import { averageCheckpoints, type LoadOptions, loadRun } from './load-run.js';
import { saveCheckpoint } from './save-and-resume.js';

describe('loadRun', () => {
  it('takes the best checkpoint, the newest one, or the one of a step', async () => {
    const run = await createTinyRun();
    for (const step of [10, 20, 30]) {
      const state = stateAt(step, { bestStep: 10, bestLoss: 2 });
      await saveCheckpoint(run, tinyModel(step), state);
    }
    const loadedStep = async (options?: LoadOptions): Promise<number> => {
      const { step, model } = await loadRun(run.storage, options);
      const values = model.parameters.read('tokenEmbedding.weight');
      expect(values).toEqual(tinyModel(step).parameters.read('tokenEmbedding.weight'));
      return step;
    };
    expect(await loadedStep()).toBe(10);
    expect(await loadedStep({ step: 'newest' })).toBe(30);
    expect(await loadedStep({ step: 20 })).toBe(20);
    await expect(loadedStep({ step: 15 })).rejects.toHaveProperty(
      'message',
      'RUN: expected a step with a checkpoint (10, 20, 30), got 15',
    );
  });

  it('takes the newest when best.json is missing or names a checkpoint that is gone', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10, { bestStep: 10, bestLoss: 2 }));
    await saveCheckpoint(run, tinyModel(), stateAt(20, { bestStep: 10, bestLoss: 2 }));
    await run.storage.remove('checkpoints/00000010');
    expect((await loadRun(run.storage)).step).toBe(20);
    await run.storage.remove('best.json');
    expect((await loadRun(run.storage)).step).toBe(20);
  });

  it.each([undefined, (what: string) => expect(what).toBeUndefined()])(
    'loads the new best checkpoint if a training removes the old one meanwhile',
    async (onBroken) => {
      const run = await createTinyRun();
      await saveCheckpoint(run, tinyModel(1), stateAt(10, { bestStep: 10, bestLoss: 2 }));
      let isFirst = true;
      const storage: RunStorage = {
        ...run.storage,
        list: async (folder) => {
          if (folder === 'checkpoints/00000010' && isFirst) {
            isFirst = false;
            const better = stateAt(20, { bestStep: 20, bestLoss: 1 });
            await saveCheckpoint(run, tinyModel(2), better, { keepCheckpoints: 1 });
          }
          return run.storage.list(folder);
        },
      };
      const { step, model } = await loadRun(storage, { onBroken });
      expect(isFirst).toBe(false);
      expect(step).toBe(20);
      expect(model.parameters.read('tokenEmbedding.weight')).toEqual(
        tinyModel(2).parameters.read('tokenEmbedding.weight'),
      );
    },
  );

  it('keeps weights in the requested format', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10));
    const { model } = await loadRun(run.storage, { weights: 'int8' });
    expect(model.parameters.stored?.('tokenEmbedding.weight').layout.name).toBe('int8');
  });

  it('keeps weights that meet bytes in blocks, and refuses wider ones', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10));
    const { model } = await loadRun(run.storage, { weights: 'int8', activations: 'int8' });
    expect(model.parameters.activations).toBe('int8');
    expect(model.parameters.stored?.('tokenEmbedding.weight').layout.name).toBe('q8');
    await expect(loadRun(run.storage, { activations: 'int8' })).rejects.toThrow(
      new RangeError(
        'activations: expected f32 with weights of f32, got int8; choose weights of int8 or q4 for it',
      ),
    );
  });

  it('keeps blocks bit for bit, from model to run and from run to run', async () => {
    const storage = memoryStorage('RUN');
    await importRun(storage, tinyRun, await modelFile(tinyModel()), { weights: 'q4' });
    const { model } = await loadRun(storage, { weights: 'as stored' });
    const expected = frozenParameterStore(model.parameters.specs, 'q4');
    for (const { name } of expected.specs) expected.write(name, tinyModel().parameters.read(name));
    const kinds = expected.specs.map(({ name }) => {
      expect(model.parameters.stored?.(name)).toEqual(expected.stored(name));
      return expected.stored(name).layout.name;
    });
    expect(new Set(kinds)).toEqual(new Set(['f32', 'f16', 'q4']));

    const path = 'checkpoints/00000000/model.safetensors';
    for (const weights of ['q4', 'as stored'] as const) {
      const copy = memoryStorage('COPY');
      await importRun(copy, tinyRun, await openSafetensors(await storage.open(path)), { weights });
      const [first, second] = await Promise.all(
        [storage, copy].map(async (each) => {
          const file = await each.open(path);
          return Buffer.from(await file.read(0, file.sizeBytes));
        }),
      );
      expect(first.equals(second)).toBe(true);
    }
    const wide = (await loadRun(storage)).model.parameters;
    for (const { name } of wide.specs) expect(wide.read(name)).toEqual(expected.read(name));
    const q4 = (await loadRun(storage, { weights: 'q4' })).model.parameters;
    expect(q4.stored?.('tokenEmbedding.weight')).toEqual(expected.stored('tokenEmbedding.weight'));
  });

  it('rejects a run without a checkpoint', async () => {
    const run = await createTinyRun();
    await expect(loadRun(run.storage)).rejects.toHaveProperty(
      'message',
      'RUN: expected a run with a checkpoint, got none; put its folder checkpoints back from a copy, or train again',
    );
  });

  it('names best.json when it is malformed', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10, { bestStep: 10, bestLoss: 2 }));
    await edit(run.storage, 'best.json', () => '{"step":"../..","validationLoss":2}');
    await expect(loadRun(run.storage)).rejects.toHaveProperty(
      'message',
      'RUN/best.json: step: expected an integer of at least 0, got "../.."',
    );
  });

  it('names file and tensor when the model is not the one that run.json describes', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10));
    const path = 'RUN/checkpoints/00000010/model.safetensors';
    await edit(run.storage, 'run.json', (text) => text.replace('"mlpDim": 10', '"mlpDim": 11'));
    await expect(loadRun(run.storage)).rejects.toHaveProperty(
      'message',
      `${path}: expected blocks.0.mlp.up.weight of shape [6,11], got [6,10]`,
    );
    await edit(run.storage, 'run.json', (text) => text.replace('"mlpDim": 11', '"mlpDim": 10'));
    await edit(run.storage, 'run.json', (text) => text.replace('"nLayer": 2', '"nLayer": 3'));
    await expect(loadRun(run.storage)).rejects.toHaveProperty(
      'message',
      `${path}: expected a tensor blocks.2.norm1.gain, got none`,
    );
  });

  it('falls back to the newest intact checkpoint if onBroken is given', async () => {
    const run = await createTinyRun();
    for (const step of [10, 20, 30]) {
      const state = stateAt(step, { bestStep: 20, bestLoss: 2 });
      await saveCheckpoint(run, tinyModel(step), state, { keepCheckpoints: 3 });
    }
    const path = 'checkpoints/00000020/model.safetensors';
    await run.storage.writeText(path, '');
    const broken = `RUN/${path}: expected a safetensors file, got 0 bytes`;
    await expect(loadRun(run.storage)).rejects.toHaveProperty('message', broken);
    const messages: string[] = [];
    const onBroken = (what: string): number => messages.push(what);
    expect((await loadRun(run.storage, { onBroken })).step).toBe(30);
    expect(messages).toEqual([`${broken}. The checkpoint of step 30 takes its place`]);
    const named = loadRun(run.storage, { step: 20, onBroken });
    await expect(named).rejects.toHaveProperty('message', broken);
    await run.storage.writeText('best.json', '{');
    expect((await loadRun(run.storage, { onBroken })).step).toBe(30);
    expect(messages.slice(1)).toEqual([
      'RUN/best.json: expected JSON, got "{". The newest checkpoint takes the place of the best',
    ]);
  });
});

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
