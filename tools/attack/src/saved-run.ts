import { emptyModel } from '@ramble/core/model';
import { folderStorage } from '@ramble/runs/node';
import { createRun, type Run, saveCheckpoint } from '@ramble/runs';

import { tinyRun } from './small-run.js';

/** Makes a run with checkpoints of 0.13 MB at these steps, the first of them the best. */
export async function savedRun(folder: string, steps: readonly number[]): Promise<Run> {
  const run = await createRun(folderStorage(folder), tinyRun);
  for (const step of steps) await saveStep(run, step);
  return run;
}

/** Saves a checkpoint whose parameters all equal its step. */
export async function saveStep(run: Run, step: number): Promise<void> {
  const model = emptyModel(run.description.model);
  for (const { name } of model.parameters.specs) {
    model.parameters.write(name, model.parameters.read(name).fill(step));
  }
  await saveCheckpoint(
    run,
    model,
    { step, evaluationsWithoutImprovement: 0, tokensSeen: 0, elapsedSeconds: 0 },
    { keepCheckpoints: 9 },
  );
  model.dispose();
}
