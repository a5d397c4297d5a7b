import type { TrainingConfig, TrainingState } from '@ramble/core';
import { messageOf } from '@ramble/core/files';
import { countParameters } from '@ramble/core/model';
import { endOf, parseTrainingState, unitScores } from '@ramble/core/training';
import type { RunView } from '@ramble/explorer';
import {
  checkpointFolder,
  checkpointSteps,
  openRun,
  readJson,
  type RunDescription,
  type RunStorage,
} from '@ramble/runs';
import { folderStorage, readLogEnd, runHolder } from '@ramble/runs/node';

import { progressOf } from '../../train/training-display.js';

/**
 * Returns the state of a run; a run that cannot be read is `broken`, with the reason.
 *
 * @param pathOf - Returns the folder of a run, or throws an error.
 */
export async function viewRun(
  name: string,
  pathOf: (name: string) => Promise<string>,
): Promise<RunView> {
  try {
    return await viewReadable(name, await pathOf(name));
  } catch (error) {
    const problem = messageOf(error);
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
  const step = Math.max(last?.step ?? 0, saved?.step ?? 0);
  const elapsedSeconds = last?.elapsedSeconds ?? saved?.elapsedSeconds;
  const isEnded = saved !== undefined && isDone(training, saved);
  return {
    name,
    domain: domain.name,
    state: holder ? 'training' : isImported ? 'imported' : isEnded ? 'ended' : 'stopped',
    step,
    ...(!isImported && {
      ...(training.maxSteps > 0 && { maxSteps: training.maxSteps }),
      ...(training.maxMinutes > 0 && { maxMinutes: training.maxMinutes }),
      ...(holder && remaining(training, step, elapsedSeconds)),
      tokensPerStep: tokensPerStep(description),
    }),
    ...(domain.options.tokenizer === 'char' && {
      bitsPerCharacter: unitScores(1, { character: 1 })[0].value,
    }),
    parameters: countParameters(model),
    last,
    bestLoss: saved?.bestLoss,
    elapsedSeconds,
    changedMs,
  };
}

/** Returns the progress toward the limit that comes first, at the mean speed so far; `undefined` before the first step. */
function remaining(
  training: TrainingConfig,
  step: number,
  secondsNow = 0,
): Pick<RunView, 'share' | 'secondsLeft'> | undefined {
  if (step === 0 || secondsNow === 0) return undefined;
  const { share, secondsLeft } = progressOf({ step, stepsNow: step, secondsNow }, training);
  return Number.isFinite(secondsLeft) && secondsLeft > 0 ? { share, secondsLeft } : undefined;
}

/** Returns the number of tokens of a step's micro-batches. */
export function tokensPerStep({ model, training }: RunDescription): number {
  return training.batchSize * model.contextLength * training.gradAccumSteps;
}

/** Returns the state in the newest checkpoint; `undefined` if the checkpoint is missing, removed or damaged. */
async function newestState(storage: RunStorage): Promise<TrainingState | undefined> {
  const step = (await checkpointSteps(storage)).at(-1);
  if (step === undefined) return undefined;
  const path = `${checkpointFolder(step)}/training.json`;
  try {
    return parseTrainingState(await readJson(storage, path));
  } catch {
    return undefined; // `train --resume` continues from an earlier one and prints a note
  }
}

/** Whether a training has reached one of its limits. */
function isDone(config: TrainingConfig, state: TrainingState): boolean {
  const seconds = config.maxMinutes > 0 ? 60 * config.maxMinutes - state.elapsedSeconds : Infinity;
  return endOf(state, config, seconds, false) !== undefined;
}
