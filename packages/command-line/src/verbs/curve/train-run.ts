import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { AnyApp, TrainingConfig } from '@ramble/core';
import type { Setting } from '@ramble/core/app';
import { decayStart } from '@ramble/core/training';
import { checkpointFolder, checkpointSteps, openRun } from '@ramble/runs';
import { folderStorage, FullDiskError } from '@ramble/runs/node';

import { InterruptedError, UsageError } from '../../verb/exit-errors.js';
import { COUNT, ENGINE_FLAG, type Flags, type FlagValues, MODEL_NAME } from '../../verb/flag.js';
import type { DomainCall, SettingGroup } from '../../verb/verb.js';
import {
  VERB_DEFAULTS,
  TRAIN_DATA_FLAGS,
  type TrainFlags,
  trainSettings,
} from '../train/train-flags.js';
import { runTrain } from '../train/train-program.js';

export const CURVE_FLAGS = {
  ...TRAIN_DATA_FLAGS,
  data: { ...TRAIN_DATA_FLAGS.data, derived: 'none' },
  test: {
    kind: 'list',
    basic: true,
    derived: 'the validation data',
    description: 'Data that every model is measured on at the end.',
  },
  shares: {
    kind: 'list',
    basic: true,
    placeholder: 'percent',
    derived: '1 5 10 100',
    description: 'Percentages of the data to train models on.',
  },
  initFrom: {
    ...MODEL_NAME,
    basic: true,
    derived: 'none',
    description: 'A run from which a second model for each percentage starts.',
  },
  pretrainSteps: {
    ...COUNT,
    derived: 'none',
    description:
      'Number of steps to pretrain that run for, on the plain text of the training data.',
  },
  out: {
    kind: 'string',
    placeholder: 'folder',
    description: 'The folder for the runs and curve.html; the same command continues it.',
  },
  ...ENGINE_FLAG,
} as const satisfies Flags;

export type CurveFlags = FlagValues<typeof CURVE_FLAGS>;

/** Settings of `train` except `dataShare`, for which the curve has its own flag. */
export function curveSettings(app: AnyApp): SettingGroup[] {
  return trainSettings(app).map(({ title, settings }) => {
    const others: Record<string, Setting> = { ...settings };
    delete others.dataShare;
    return { title, settings: others };
  });
}

/**
 * Parses percentages. Returns them in ascending order, without duplicates.
 *
 * @throws UsageError for a word that is not a number above 0 and up to 100.
 */
export function parseShares(words: readonly string[] = ['1', '5', '10', '100']): number[] {
  const shares = words.map((word) => {
    const share = Number(word);
    if (share > 0 && share <= 100) return share;
    throw new UsageError(
      `--shares: expected percentages above 0 and up to 100, separated by spaces, got ${word}`,
    );
  });
  return [...new Set(shares)].sort((a, b) => a - b);
}

/** Flags and settings with which one run of a curve or a search is trained. */
interface RunPlan {
  readonly app: AnyApp;
  readonly run: string;
  /** Flags that name the run's data and initial weights, such as `data` and `initFrom`. */
  readonly flags: Partial<TrainFlags>;
  readonly settings: DomainCall<unknown>['settings'];
  readonly chosen: DomainCall<unknown>['chosen'];
  /** Settings such as `maxSteps` that override a resumed run's own. */
  readonly limits?: DomainCall<unknown>['settings'];
  /** Number of newest checkpoints to keep, 1 unless given. */
  readonly keepCheckpoints?: number;
}

/** Trains a run to its end as `train` does; resumes an existing run. */
export async function trainRun(
  call: DomainCall<Pick<CurveFlags, 'out' | 'engine' | 'threads'>>,
  { app, run, flags, settings, chosen, limits = {}, keepCheckpoints = 1 }: RunPlan,
): Promise<void> {
  const { output } = call;
  const isBegun = existsSync(join(run, 'run.json'));
  const { engine, threads } = call.flags;
  const own = isBegun
    ? { flags: { resume: true }, settings: limits, chosen: {} } // the run already has the other settings
    : { flags: { ...flags, resume: false }, settings, chosen };
  const say = (line: string): Promise<void> => output.note(line);
  try {
    await runTrain({
      ...call,
      ...own,
      app,
      command: `ramble ${app.name}`,
      flags: {
        ...own.flags,
        ...VERB_DEFAULTS,
        ...{ out: run, keepCheckpoints, engine, threads },
      },
      output: { ...output, isJson: false, print: say }, // the run's results are not printed as the curve's
    });
  } catch (error) {
    if (error instanceof Error && error.cause instanceof FullDiskError) {
      const { message, cause } = error.cause;
      throw new Error(`${message}. Free some space and continue with the same command`, { cause });
    }
    throw error instanceof InterruptedError ? interruptedIn(call.flags.out, error) : error;
  }
}

/** Returns an error that says where the finished work is saved, and that the same command continues it. */
export function interruptedIn(folder: string, cause: InterruptedError): InterruptedError {
  return new InterruptedError(
    `stopped; what was done is saved in ${folder}. Continue with the same command`,
    { cause },
  );
}

/**
 * Returns how many of the first updates are the same as in a longer training. With the schedule `wsd`, updates differ
 * from the start of the decay; with `cosine` and `linear`, from the first update.
 */
export function sharedSteps({
  schedule,
  maxSteps,
  warmupSteps,
  intermediateLosses,
}: Pick<TrainingConfig, 'schedule' | 'maxSteps' | 'warmupSteps' | 'intermediateLosses'>): number {
  if (intermediateLosses) return 0;
  if (schedule === 'wsd') return decayStart(maxSteps, warmupSteps);
  return ['constant', 'inverse-sqrt', 'noam'].includes(schedule) ? maxSteps : 0;
}

/**
 * Prepares a run that was trained for fewer steps to be trained for more, by `trainRun`: removes the checkpoints that a
 * longer training does not have. Without any other checkpoint, removes the run, which is then trained anew. A run that
 * was planned for this number of steps is unchanged.
 *
 * @param folder - Folder of the runs.
 * @param name - Name of the run's folder.
 */
export async function extendRun(folder: string, name: string, maxSteps: number): Promise<void> {
  const storage = folderStorage(join(folder, name));
  if ((await storage.list('')).includes('run.json')) {
    const { training } = (await openRun(storage)).description;
    if (training.maxSteps === maxSteps) return;
    const shared = sharedSteps(training);
    const steps = await checkpointSteps(storage);
    for (const step of steps) if (step > shared) await storage.remove(checkpointFolder(step));
    await storage.remove('best.json');
    if (steps.some((step) => step <= shared)) return;
  }
  await folderStorage(folder).remove(name);
}

/** Removes the checkpoints of a run, but not its log. */
export async function removeWeights(run: string): Promise<void> {
  const storage = folderStorage(run);
  await storage.remove('checkpoints');
  await storage.remove('best.json');
}
