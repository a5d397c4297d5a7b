import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { AnyApp } from '@ramble/core';
import { FullDiskError } from '@ramble/runs/node';

import { InterruptedError } from '../../verb/exit-errors.js';
import type { DomainCall } from '../../verb/verb.js';
import { TOGETHER_DEFAULTS, type TrainFlags } from '../train/train-flags.js';
import { trainProgram } from '../train/train-program.js';
import type { CurveFlags } from './curve-flags.js';

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
