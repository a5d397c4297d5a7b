import { join } from 'node:path';

import {
  type Clock,
  createModel,
  cropBatches,
  memoryTokens,
  type Model,
  modelConfig,
  randomAt,
  train,
  trainingConfig,
} from '@ramble/core';
import { windowBatches } from '@ramble/core/training';
import { cpuEngine } from '@ramble/portable';
import { folderStorage } from '@ramble/runs/node';
import { createRun, resumeRun, saveCheckpoint } from '@ramble/runs';

import type { Attack, AttackSetup, Attempt } from './attack.js';
import { attempt, expectSame } from './attempt.js';
import { smallRun } from './small-run.js';

/** Clocks that jump forward and back by hours, stop, or do all of these in turn. */
export const clocks: Attack = {
  name: 'clocks',
  promise: 'Training ends at the same step with the same parameters; every checkpoint resumes.',
  tries: { small: 4, full: 40 },
  attempts,
};

const training = trainingConfig({
  ...{ batchSize: 2, maxSteps: 6, evalInterval: 3, saveInterval: 4, saveMinutes: 1, seed: 3 },
});
const model = modelConfig({
  ...{ vocabSize: 7, contextLength: 4, nLayer: 1, nHead: 2, nEmbd: 4, mlpDim: 4 },
});
const source = memoryTokens(Int32Array.from({ length: 40 }, (_, i) => (i * i) % 7));
const window = { contextLength: 4, batchSize: 2 };

async function* attempts({ tries, seed, folder }: AttackSetup): AsyncGenerator<Attempt> {
  await cpuEngine.load();
  const still = valuesOf(await trainWith({ now: () => 0 }, join(folder, 'still')));
  for (let turn = 0; turn < tries; turn++) {
    const random = randomAt({ seed, purpose: 'sample', step: turn });
    const hours = 10 ** random.integer(0, 5);
    let reading = 1;
    const now = (): number => (random.uniform(reading++) - 0.5) * hours * 3_600_000;
    yield await attempt(`jumps of ${hours} hours`, async () => {
      const trained = await trainWith({ now }, join(folder, String(turn)));
      expectSame('the parameters', valuesOf(trained), still);
    });
  }
}

/** Trains to the end, resuming from each checkpoint once. */
async function trainWith(clock: Clock, folder: string): Promise<Model> {
  const storage = folderStorage(folder);
  const run = await createRun(storage, { ...smallRun, model, training });
  const trained = createModel(model, { seed: training.seed });
  const reports = train({
    ...{ model: trained, config: training, clock },
    batches: cropBatches(source, { ...window, seed: training.seed }),
    validation: () => windowBatches(source, window),
  });
  for await (const report of reports) {
    if (report.kind !== 'checkpoint') continue;
    await saveCheckpoint(run, trained, report.state);
    const resumed = await resumeRun(storage);
    expectSame('the resumed step', resumed.state.step, report.step);
    resumed.model.dispose();
  }
  return trained;
}

function valuesOf({ parameters }: Model): number[] {
  return parameters.specs.flatMap(({ name }) => [...parameters.read(name)]);
}
