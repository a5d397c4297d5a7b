import type { Model } from '../model/model.js';
import { bestStep } from './best-checkpoint.js';
import { type CheckpointChoice, checkpointFolder, checkpointSteps } from './checkpoint-steps.js';
import { loadModel, type WeightOptions } from './load-model.js';
import { openRun, type Run } from './open-run.js';
import type { RunStorage } from './run-storage.js';
import { openSafetensors } from './safetensors/open-safetensors.js';
import { withFile } from './with-file.js';

/** A run with the model of one of its checkpoints. */
export interface LoadedRun extends Run {
  readonly step: number;
  /** The caller's to dispose of. */
  readonly model: Model;
}

export interface LoadOptions extends WeightOptions {
  /** The newest takes the place of a best one that is not known. */
  readonly step?: CheckpointChoice;
}

/**
 * Loads a model from a run, on the current backend. The optimizer's moments are left where they
 * are; `resumeRun` loads them too.
 *
 * @throws Error, TypeError or RangeError that names the file, and the tensor where it is one.
 * @example
 * const { model, ...run } = await loadRun(storage);
 * const domain = await loadDomain(run, factory);
 */
export async function loadRun(
  storage: RunStorage,
  { step: choice = 'best', weights }: LoadOptions = {},
): Promise<LoadedRun> {
  const run = await openRun(storage);
  const step = await findStep(storage, choice);
  const model = await withFile(
    storage,
    `${checkpointFolder(step)}/model.safetensors`,
    async (file) => loadModel(await openSafetensors(file), run.description.model, { weights }),
  );
  return { ...run, step, model };
}

/**
 * The step of a checkpoint that there is.
 *
 * @throws Error when there is none; RangeError when there is none of that step.
 */
export async function findStep(storage: RunStorage, choice: CheckpointChoice): Promise<number> {
  const steps = await checkpointSteps(storage);
  const newest = steps.at(-1);
  if (newest === undefined) {
    throw new Error(`${storage.name}: expected a run with a checkpoint, got none`);
  }
  if (choice === 'newest') return newest;
  if (choice === 'best') return (await bestStep(storage)) ?? newest;
  if (!steps.includes(choice)) {
    throw new RangeError(
      `${storage.name}: expected a step with a checkpoint (${steps.join(', ')}), got ${choice}`,
    );
  }
  return choice;
}
