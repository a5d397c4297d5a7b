import { withTrainingHeads } from '../parameters/training-heads.js';
import type { TrainingState } from '../training/training-state.js';
import { writeBest } from './best-checkpoint.js';
import { checkpointFolder } from './checkpoint-steps.js';
import { type LoadedRun, loadRun } from './load-run.js';
import { named } from './named.js';
import { openRun } from './open-run.js';
import { parseTrainingState } from './parse-training-state.js';
import { trimLog } from './run-log.js';
import type { RunStorage } from './run-storage.js';
import { openSafetensors } from './safetensors/open-safetensors.js';
import { readJson } from './stored-text.js';
import { loadTrainingTensors } from './training-tensors.js';
import { withFile } from './with-file.js';

/** A run as its newest checkpoint left it. */
export interface ResumedRun extends LoadedRun {
  readonly state: TrainingState;
}

/**
 * Loads the newest checkpoint with all that training needs to go on as if it had never stopped, and
 * forgets what was logged after it.
 *
 * @throws as `loadRun`.
 */
export async function resumeRun(storage: RunStorage): Promise<ResumedRun> {
  if ((await openRun(storage)).description.origin?.kind === 'import') {
    throw new Error(
      `${storage.name}: expected a run that was trained, got an imported one. Train a new run from it`,
    );
  }
  const loaded = await loadRun(storage, { step: 'newest' });
  const { training } = loaded.description;
  const run = { ...loaded, model: withTrainingHeads(loaded.model, training) };
  try {
    const folder = checkpointFolder(run.step);
    const json = await readJson(storage, `${folder}/training.json`);
    const numbers = named(`${storage.name}/${folder}/training.json`, () =>
      parseTrainingState(json),
    );
    if (numbers.step !== run.step) {
      throw new RangeError(
        `${storage.name}/${folder}/training.json: expected step ${run.step}, got ${numbers.step}`,
      );
    }
    const memory = await withFile(storage, `${folder}/training.safetensors`, async (file) =>
      loadTrainingTensors(await openSafetensors(file), run.model, training),
    );
    const state = { ...numbers, ...(memory && { memory }) };
    await writeBest(storage, state); // it may have been killed between checkpoint and best.json
    await trimLog(storage, state.step);
    return { ...run, state };
  } catch (error) {
    run.model.dispose();
    throw error;
  }
}
