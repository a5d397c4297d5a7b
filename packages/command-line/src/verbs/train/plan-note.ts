import type { TrainingReport } from '@ramble/core';
import { decayStart, spreadCount } from '@ramble/core/training';
import { counted } from '@ramble/core/files';

import { formatCount } from '../../format/format-number.js';
import type { Session } from './session.js';

type PlanReport = Extract<TrainingReport, { kind: 'plan' }>;

/**
 * Returns the steps that were planned to end training in time, with the flags that train the same. A decay that
 * was cut short has no flags, because a schedule of that number of steps would have started it earlier.
 */
export function planNote({ step, config, expectedSteps }: PlanReport): string {
  const { maxSteps, maxMinutes, schedule, warmupSteps } = config;
  if (maxSteps === 0) {
    const decay = schedule === 'wsd' ? '; the learning rate falls over the last fifth' : '';
    const fit = expectedSteps === 1 ? 'fits' : 'fit';
    return `about ${counted(expectedSteps, 'step')} ${fit} into ${minutes(maxMinutes)}${decay}`;
  }
  const from = step === 0 ? '' : ` at step ${formatCount(step)}`;
  const planned = `planned ${counted(maxSteps, 'step')}${from}`;
  const isOnTime = schedule === 'wsd' && step <= decayStart(maxSteps, warmupSteps);
  if (step > 0 && !isOnTime) return planned;
  const flags = `--max-steps ${maxSteps} --schedule ${schedule} --warmup-steps ${warmupSteps}`;
  return `${planned}; in place of --max-minutes, ${flags} trains the same`;
}

/** Notes on limits of training and validation that the flags do not make plain. */
export function limitNotes({ run, data }: Session): string[] {
  const { maxSteps, maxMinutes, evalBatches } = run.description.training;
  const total = data.validationBatches;
  const read = spreadCount({ total, count: evalBatches });
  return [
    ...(read < total
      ? [`validation on ${formatCount(read)} of ${formatCount(total)} batches (--eval-batches)`]
      : []),
    ...(maxSteps > 0 && maxMinutes > 0
      ? [
          `the schedule follows the ${counted(maxSteps, 'step')}; training ends there or after ${minutes(maxMinutes)}, whichever comes first`,
        ]
      : []),
  ];
}

/** Text of a number of minutes, which may be a fraction. */
function minutes(count: number): string {
  return count === 1 ? '1 minute' : `${count} minutes`;
}

/**
 * Returns the seconds of a time limit that are reserved for samples and the report after training.
 *
 * @param maxMinutes - The limit; 0 for none.
 */
export function closingSeconds(maxMinutes: number): number {
  return Math.min(12 * maxMinutes, 1 + 1.2 * maxMinutes);
}

/** Returns a signal that is aborted with another signal, or after some seconds. */
export function timeLimited(signal: AbortSignal, seconds: number | undefined): AbortSignal {
  if (seconds === undefined) return signal;
  const limit = new AbortController();
  signal.addEventListener('abort', () => limit.abort(signal.reason), { once: true });
  setTimeout(() => limit.abort(), 1000 * seconds).unref();
  return limit.signal;
}
