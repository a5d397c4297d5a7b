import {
  countParameters,
  parseTrainingState,
  type TrainingConfig,
  type TrainingState,
} from '@ramble/core';
import type { RunView } from '@ramble/explorer';
import { folderStorage, readLogEnd, runHolder } from '@ramble/runs/node';
import {
  checkpointFolder,
  checkpointSteps,
  openRun,
  readJson,
  type RunStorage,
} from '@ramble/runs';

import { runPath } from './run-paths.js';

/** Tells how a run of a folder is; one that cannot be read is `broken`, with what is wrong. */
export async function viewRun(folder: string, name: string): Promise<RunView> {
  try {
    return await viewReadable(name, await runPath(folder, name));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { name, domain: '', state: 'broken', problem, step: 0 };
  }
}

async function viewReadable(name: string, path: string): Promise<RunView> {
  const storage = folderStorage(path);
  const { description } = await openRun(storage);
  const { model, training, domain, origin } = description;
  const [holder, { last, changedMs }, saved] = await Promise.all([
    runHolder(path),
    readLogEnd(path),
    newestState(storage),
  ]);
  const isImported = origin?.kind === 'import';
  const isEnded = saved !== undefined && isDone(training, saved);
  return {
    name,
    domain: domain.name,
    state: holder ? 'training' : isImported ? 'imported' : isEnded ? 'ended' : 'stopped',
    step: Math.max(last?.step ?? 0, saved?.step ?? 0),
    ...(!isImported && training.maxSteps > 0 && { maxSteps: training.maxSteps }),
    parameters: countParameters(model),
    last,
    bestLoss: saved?.bestLoss,
    elapsedSeconds: last?.elapsedSeconds ?? saved?.elapsedSeconds,
    changedMs,
  };
}

/** What the newest checkpoint says; nothing where there is none, or it is removed or damaged. */
async function newestState(storage: RunStorage): Promise<TrainingState | undefined> {
  const step = (await checkpointSteps(storage)).at(-1);
  if (step === undefined) return undefined;
  const path = `${checkpointFolder(step)}/training.json`;
  try {
    return parseTrainingState(await readJson(storage, path));
  } catch {
    return undefined; // `train --resume` goes on from an earlier one, and says so
  }
}

/** Whether a training has come to an end of its own. */
function isDone(
  { maxSteps, patience, maxMinutes }: TrainingConfig,
  { step, evaluationsWithoutImprovement, elapsedSeconds }: TrainingState,
): boolean {
  if (maxSteps > 0 && step >= maxSteps) return true;
  if (patience > 0 && evaluationsWithoutImprovement >= patience) return true;
  return maxMinutes > 0 && elapsedSeconds >= 60 * maxMinutes;
}
