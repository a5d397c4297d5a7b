import { setImmediate } from 'node:timers/promises';

import { driveScheduler } from './generation.js';
import type { Scheduler } from './scheduler.js';

/** Makes a scheduler that has work for a number of steps. */
function stepper(steps: number): { scheduler: Scheduler; calls: unknown[] } {
  const calls: unknown[] = [];
  let left = steps;
  const scheduler = {
    step: () => {
      calls.push(left);
      if (left === 13) throw new Error('the model broke');
      return --left > 0;
    },
    failAll: (error: unknown) => calls.push(error),
  } as unknown as Scheduler; // all members that are called
  return { scheduler, calls };
}

describe('driveScheduler', () => {
  it('takes one step a turn until no work is left, for any number of wake-ups', async () => {
    const { scheduler, calls } = stepper(3);
    const wake = driveScheduler(scheduler, () => setImmediate());
    wake();
    wake();
    expect(calls).toEqual([]);
    for (let turn = 0; turn < 6; turn++) await setImmediate();
    expect(calls).toEqual([3, 2, 1]);
  });

  it('fails all sequences with an error of the model, and runs again after a wake-up', async () => {
    const { scheduler, calls } = stepper(13);
    const wake = driveScheduler(scheduler, () => setImmediate());
    for (let time = 0; time < 2; time++) {
      wake();
      for (let turn = 0; turn < 3; turn++) await setImmediate();
    }
    expect(calls).toEqual([13, new Error('the model broke'), 13, new Error('the model broke')]);
  });
});
