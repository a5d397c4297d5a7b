import type { Model, TrainingState } from '@ramble/core';
import { emptyModel } from '@ramble/core/model';
import { folderStorage, lockRun } from '@ramble/runs/node';
import { appendLog, createRun, resumeRun, saveCheckpoint } from '@ramble/runs';

import { smallRun } from './small-run.js';

/**
 * Begins or resumes a run, and saves checkpoint after checkpoint: every parameter of step n is n, every first
 * moment n + 0.25 and every second n + 0.5. Prints `saved STEP` after each.
 */
const storage = folderStorage(process.argv[2]);
await lockRun(storage.name);
const isNew = !(await storage.list('')).includes('run.json');
const { model, state, ...run } = isNew
  ? {
      ...(await createRun(storage, smallRun)),
      model: emptyModel(smallRun.model),
      state: undefined,
    }
  : await resumeRun(storage);

for (let step = state ? state.step + 1 : 0; ; step++) {
  fill(model, step);
  await appendLog(storage, { step });
  await saveCheckpoint(run, model, stateAt(step));
  process.stdout.write(`saved ${step}\n`);
}

/** Returns a state in which every third step is the best so far. */
function stateAt(step: number): TrainingState {
  const since = step % 3;
  return {
    step,
    bestStep: step - since,
    bestLoss: 1 / (1 + step - since),
    evaluationsWithoutImprovement: since,
    tokensSeen: step,
    elapsedSeconds: step,
  };
}

function fill({ parameters }: Model, step: number): void {
  for (const { name } of parameters.specs) {
    const values = parameters.read(name);
    parameters.write(name, values.fill(step));
    parameters.write(name, values.fill(step + 0.25), 'mean');
    parameters.write(name, values.fill(step + 0.5), 'variance');
  }
}
