import {
  createModel,
  cropBatches,
  memoryTokens,
  type Model,
  modelConfig,
  streamBatches,
  train,
  trainingConfig,
  type TrainingState,
} from '@ramble/core';
import { slotsOf, windowBatches } from '@ramble/core/training';
import { withTrainingHeads } from '@ramble/core/model';

import { openSafetensors } from '../safetensors/open-safetensors.js';
import { createTinyRun, edit, stateAt, tinyConfig, tinyModel } from '../../test/tiny-run.js';
import { loadRun } from './load-run.js';
import { resumeRun, saveCheckpoint } from './save-and-resume.js';
import type { Run } from './open-run.js';
import { readLog } from './run-log.js';

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

const config = trainingConfig({
  batchSize: 3,
  maxSteps: 10,
  saveInterval: 2,
  evalInterval: 3,
  warmupSteps: 2,
  dropout: 0.2,
  gradAccumSteps: 2,
});

const remembering = modelConfig({
  ...tinyConfig,
  ...{ positions: undefined, attention: 'transformer-xl', contextLength: 3, memory: 4 },
});

/** Trains and saves, until training ends or is killed after a step. */
async function trainAndSave(
  run: Run,
  model: Model,
  state: TrainingState | undefined,
  killAfter = Infinity,
): Promise<void> {
  const { training: config, model: shape } = run.description;
  const source = memoryTokens(Int32Array.from({ length: 60 }, (_, i) => (i * i) % 7));
  const window = { contextLength: shape.contextLength, batchSize: config.batchSize };
  const training = train({
    model,
    config,
    batches: (shape.memory ? streamBatches : cropBatches)(source, { ...window, seed: config.seed }),
    validation: () => windowBatches(source, window),
    clock: { now: () => 0 },
    state,
  });
  for await (const report of training) {
    if (report.kind === 'checkpoint') await saveCheckpoint(run, model, report.state);
    else if (report.step > killAfter) return;
  }
}

async function bytesOf({ storage }: Run, file: string): Promise<Uint8Array> {
  const source = await storage.open(`checkpoints/00000010/${file}`);
  return source.read(0, source.sizeBytes);
}

describe('resumeRun', () => {
  it.each([
    ['', config],
    [
      ', heads and schedule of auxiliary losses too',
      { ...config, secondTarget: 0.5, intermediateLosses: true, maxSteps: 10 },
    ],
    [', what it remembers too', config, remembering],
  ])(
    'resumes with every byte the same as without a stop%s',
    async (_, training, shape = tinyConfig) => {
      const begin = (): Model => withTrainingHeads(createModel(shape, training), training);
      const whole = await createTinyRun({ training, model: shape });
      await trainAndSave(whole, begin(), undefined);

      const killed = await createTinyRun({ training, model: shape });
      await trainAndSave(killed, begin(), undefined, 7);
      const { model, state, step } = await resumeRun(killed.storage);
      expect(step).toBe(6);
      await trainAndSave(killed, model, state);
      for (const file of ['model.safetensors', 'training.safetensors', 'training.json']) {
        expect(await bytesOf(killed, file)).toEqual(await bytesOf(whole, file));
      }
    },
  );

  it('refuses what is remembered in another shape than the model can', async () => {
    const run = await createTinyRun({ model: remembering });
    const states = [0, 1].map(() => new Float32Array(2 * 5 * 6));
    const memory = { batchSize: 2, length: 5, states };
    await saveCheckpoint(run, createModel(remembering), { ...stateAt(10), memory });
    await expect(resumeRun(run.storage)).rejects.toHaveProperty(
      'message',
      'RUN/checkpoints/00000010/training.safetensors: expected memory.0 of at most 4 positions (memory), got [2,5,6]',
    );
  });

  it('removes log entries after the checkpoint and corrects best.json', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10, { bestStep: 10, bestLoss: 2 }));
    await saveCheckpoint(run, tinyModel(), stateAt(20, { bestStep: 20, bestLoss: 1 }));
    await run.storage.writeText('log.jsonl', '{"step":10}\n{"step":20}\n{"step":21}\n{"ste');
    await edit(run.storage, 'best.json', () => '{"step":10,"validationLoss":2}');
    await resumeRun(run.storage);
    await edit(run.storage, 'log.jsonl', (text) => {
      expect(text).toBe('{"step":10}\n{"step":20}\n');
      return text;
    });
    expect((await loadRun(run.storage)).step).toBe(20);
  });

  it('refuses a checkpoint whose parts do not belong together', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10));
    const folder = 'checkpoints/00000010';
    await edit(run.storage, `${folder}/training.json`, (text) => text.replace('10', '20'));
    await expect(resumeRun(run.storage)).rejects.toHaveProperty(
      'message',
      `RUN/${folder}/training.json: expected step 10, got 20`,
    );
    await edit(run.storage, `${folder}/training.json`, (text) => text.replace('20', '10'));
    await edit(run.storage, 'run.json', (text) => text.replace('"adamw"', '"sgd"'));
    await expect(resumeRun(run.storage)).rejects.toHaveProperty(
      'message',
      `RUN/${folder}/training.safetensors: expected no tensor tokenEmbedding.weight.variance, got one`,
    );
  });

  it('names a truncated file or missing', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10));
    const path = 'checkpoints/00000010/training.safetensors';
    const file = await run.storage.open(path);
    const bytes = await file.read(0, file.sizeBytes - 4);
    const storage = {
      ...run.storage,
      open: (name: string) =>
        name === path
          ? Promise.resolve({
              ...file,
              sizeBytes: bytes.length,
              read: (at: number, length: number) => Promise.resolve(bytes.slice(at, at + length)),
            })
          : run.storage.open(name),
    };
    await expect(resumeRun(storage)).rejects.toThrow(
      /^RUN\/.*: expected \d+ bytes of tensors, got/,
    );
    await run.storage.remove(path);
    await expect(resumeRun(run.storage)).rejects.toHaveProperty(
      'message',
      `RUN/${path}: expected a file, got nothing at that path`,
    );
  });

  it('falls back to the newest intact checkpoint, and keeps the broken ones', async () => {
    const run = await createTinyRun();
    for (const step of [10, 20, 30]) {
      const state = stateAt(step, { bestStep: 30, bestLoss: 1 });
      await saveCheckpoint(run, tinyModel(step), state, { keepCheckpoints: 3 });
    }
    await run.storage.writeText('checkpoints/00000030/training.safetensors', 'cut');
    await run.storage.writeText('checkpoints/00000020/training.json', '{"st');
    const cut =
      'RUN/checkpoints/00000030/training.safetensors: expected a safetensors file, got 3 bytes';
    await expect(resumeRun(run.storage)).rejects.toHaveProperty('message', cut);
    const messages: string[] = [];
    const onBroken = (what: string): number => messages.push(what);
    const { step, state, model } = await resumeRun(run.storage, { onBroken });
    expect([step, state.step]).toEqual([10, 10]);
    const values = model.parameters.read('tokenEmbedding.weight', 'mean');
    expect(values).toEqual(tinyModel(10).parameters.read('tokenEmbedding.weight', 'mean'));
    expect(messages).toEqual([
      `${cut}. Training goes on from step 10 and trains up to step 30 again; the broken checkpoint is kept in RUN/broken/00000030`,
      'RUN/checkpoints/00000020/training.json: expected JSON, got "{\\"st". Training goes on from step 10 and trains up to step 20 again; the broken checkpoint is kept in RUN/broken/00000020',
    ]);
    expect(await run.storage.list('broken')).toEqual(['00000020', '00000030']);
    await saveCheckpoint(run, model, stateAt(20));
    expect((await resumeRun(run.storage)).step).toBe(20);
  });

  it('names the newest checkpoint when none is whole, and moves nothing', async () => {
    const run = await createTinyRun();
    for (const step of [10, 20]) await saveCheckpoint(run, tinyModel(), stateAt(step));
    for (const step of [10, 20]) {
      await run.storage.writeText(`checkpoints/000000${step}/model.safetensors`, '');
    }
    await expect(resumeRun(run.storage, { onBroken: () => undefined })).rejects.toHaveProperty(
      'message',
      'RUN/checkpoints/00000020/model.safetensors: expected a safetensors file, got 0 bytes',
    );
    expect(await run.storage.list('')).not.toContain('broken');
  });

  it('repairs a half-written best.json and a log with broken lines', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10, { bestStep: 10, bestLoss: 2 }));
    await run.storage.writeText('best.json', '{"step": 1');
    await run.storage.writeText('log.jsonl', '{"step":1}\n{"st\0p":2}\n{"step":3}\n{"ste');
    const messages: string[] = [];
    await resumeRun(run.storage, { onBroken: (what) => messages.push(what) });
    expect(messages).toEqual([
      'RUN/best.json: expected JSON, got "{\\"step\\": 1". It is written anew',
      'RUN/log.jsonl: expected entries of a log, got something else in lines 2, 4. What cannot be read is dropped',
    ]);
    expect((await loadRun(run.storage)).step).toBe(10);
    expect(await readLog(run.storage)).toEqual([{ step: 1 }, { step: 3 }]);
  });

  it('restores the heads of training, which a loaded model does not have', async () => {
    const training = trainingConfig({ secondTarget: 0.5, seed: 4 });
    const run = await createTinyRun({ training });
    const model = withTrainingHeads(createModel(tinyConfig), training);
    const head = Float32Array.from({ length: 42 }, (_, i) => i);
    const name = model.parameters.specs.at(-1)!.name;
    model.parameters.write(name, head);
    await saveCheckpoint(run, model, stateAt(10));
    const resumed = await resumeRun(run.storage);
    expect(resumed.model.parameters.read(name)).toEqual(head);
    const loaded = await loadRun(run.storage);
    expect(loaded.model.parameters.specs.map((spec) => spec.name)).not.toContain(name);
  });
});
