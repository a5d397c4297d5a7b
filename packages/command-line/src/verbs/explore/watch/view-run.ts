import {
  checkSettings,
  type SettingTable,
  type TrainingConfig,
  type TrainingState,
} from '@ramble/core';
import { countParameters } from '@ramble/core/model';
import { parseTrainingState } from '@ramble/core/training';
import { isObject, messageOf, shownValue } from '@ramble/core/files';
import type { RunDetails, RunView } from '@ramble/explorer';
import {
  checkpointFolder,
  checkpointSteps,
  openRun,
  readJson,
  readSamples,
  type RunStorage,
} from '@ramble/runs';
import { folderStorage, insideFolder, readLogEnd, runHolder } from '@ramble/runs/node';

import { operationsPerToken } from '../../train/speed.js';
import { resumeLine } from './resume-run.js';

/** Returns the state of a run in a folder; a run that cannot be read is `broken`, with the reason. */
export async function viewRun(folder: string, name: string): Promise<RunView> {
  try {
    return await viewReadable(name, await runPath(folder, name));
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
function isDone(
  { maxSteps, patience, maxMinutes }: TrainingConfig,
  { step, evaluationsWithoutImprovement, elapsedSeconds }: TrainingState,
): boolean {
  if (maxSteps > 0 && step >= maxSteps) return true;
  if (patience > 0 && evaluationsWithoutImprovement >= patience) return true;
  return maxMinutes > 0 && elapsedSeconds >= 60 * maxMinutes;
}

/** Number of the newest samples that are returned. */
const SAMPLES = 50;

/**
 * Returns the settings, samples and checkpoints of a run.
 *
 * @param word - Name or path of its domain's app on the command line; absent if unknown.
 * @param program - The words that start this program; `ramble` unless given.
 * @throws Error that names the file, when the run cannot be read.
 */
export async function runDetails(
  path: string,
  word: string | undefined,
  program?: string,
): Promise<RunDetails> {
  const storage = folderStorage(path);
  const { description } = await openRun(storage);
  const { domain, model, training, data, engine, origin, split } = description;
  const samples = await readSamples(storage);
  const tokens = training.batchSize * model.contextLength * training.gradAccumSteps;
  const isTrained = origin?.kind !== 'import';
  return {
    settings: {
      model: { ...model },
      training: { ...training },
      domain: { name: domain.name, ...domain.options, fingerprint: domain.fingerprint },
      data: { ...data, ...(split !== undefined && { split }) },
      run: { engine, ...origin },
    },
    samples: samples
      .slice(-SAMPLES)
      .reverse()
      .map(({ output, ...sample }) => ({ ...sample, text: output })),
    step: { tokens, operations: tokens * operationsPerToken(model) },
    checkpoints: await checkpointSteps(storage),
    ...(isTrained &&
      word !== undefined && {
        resume: await resumeLine({ path, word, program }),
      }),
  };
}

/** Fields of a request about a run. */
export const RUN_FIELDS: SettingTable<{ readonly run: string }> = {
  run: { kind: 'string', description: 'Path of the run below the folder.' },
};

/**
 * Checks the fields of a request.
 *
 * @throws TypeError or RangeError that names the field.
 */
export function checkQuestion<Question>(
  table: SettingTable<Question>,
  question: unknown,
): Question {
  if (isObject(question)) return checkSettings(table, question);
  throw new TypeError(`question: expected an object, got ${shownValue(question ?? null)}`);
}

/**
 * Returns the path of the run's folder that a request names.
 *
 * @throws RangeError for a path outside the folder of runs, also through a link.
 */
export async function runPath(folder: string, name: string): Promise<string> {
  const path = await insideFolder(folder, name);
  if (name !== '') return path;
  throw new RangeError('run: expected a path below the folder of runs, got an empty one');
}
