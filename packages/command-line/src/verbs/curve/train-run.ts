import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { AnyApp } from '@ramble/core';
import type { Setting } from '@ramble/core/app';
import { FullDiskError } from '@ramble/runs/node';

import { InterruptedError, UsageError } from '../../verb/exit-errors.js';
import { COUNT, ENGINE_FLAG, type Flags, type FlagValues, MODEL_NAME } from '../../verb/flag.js';
import type { DomainCall, SettingGroup } from '../../verb/verb.js';
import {
  TOGETHER_DEFAULTS,
  TRAIN_DATA_FLAGS,
  type TrainFlags,
  trainSettings,
} from '../train/train-flags.js';
import { trainProgram } from '../train/train-program.js';

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
 * Parses percentages, in ascending order without duplicates.
 *
 * @throws UsageError for any other word.
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

/** Flags and settings with which one run of a curve is trained. */
interface RunPlan {
  readonly app: AnyApp;
  readonly run: string;
  /** Flags of its data and its start. */
  readonly flags: Partial<TrainFlags>;
  readonly settings: DomainCall<unknown>['settings'];
  readonly chosen: DomainCall<unknown>['chosen'];
}

/** Trains a run to its end as `train` does; resumes an existing run. */
export async function trainRun(
  call: DomainCall<CurveFlags>,
  { app, run, flags, settings, chosen }: RunPlan,
): Promise<void> {
  const { output } = call;
  const isBegun = existsSync(join(run, 'run.json'));
  const { engine, threads } = call.flags;
  const own = isBegun
    ? { flags: { resume: true }, settings: {}, chosen: {} } // the run already has the settings
    : { flags: { ...flags, resume: false }, settings, chosen };
  const say = (line: string): Promise<void> => output.note(line);
  try {
    await trainProgram.run({
      ...call,
      ...own,
      app,
      command: `ramble ${app.name}`,
      flags: {
        ...own.flags,
        ...TOGETHER_DEFAULTS,
        ...{ out: run, keepCheckpoints: 1, engine, threads },
      },
      output: { ...output, isJson: false, print: say }, // the run's results are not printed as the curve's
    });
  } catch (error) {
    if (error instanceof Error && error.cause instanceof FullDiskError) {
      const { message, cause } = error.cause;
      throw new Error(`${message}. Free some space and continue with the same command`, { cause });
    }
    if (!(error instanceof InterruptedError)) throw error;
    throw new InterruptedError(
      `stopped; what was done is saved in ${call.flags.out}. Continue with the same command`,
      { cause: error },
    );
  }
}
