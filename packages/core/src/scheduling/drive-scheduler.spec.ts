import { setImmediate } from 'node:timers/promises';

import { driveScheduler } from './generation.js';
import type { Scheduler } from './scheduler.js';

/** A scheduler that has so many steps to do. */
function stepper(steps: number): { scheduler: Scheduler; told: unknown[] } {
  const told: unknown[] = [];
  let left = steps;
  const scheduler = {
    step: () => {
      told.push(left);
      if (left === 13) throw new Error('the model broke');
      return --left > 0;
    },
    failAll: (error: unknown) => told.push(error),
  } as unknown as Scheduler; // all that is called
  return { scheduler, told };
}

describe('driveScheduler', () => {
  it('takes a step a turn until nothing is left, however often it is woken', async () => {
    const { scheduler, told } = stepper(3);
    const wake = driveScheduler(scheduler, () => setImmediate());
    wake();
    wake();
    expect(told).toEqual([]);
    for (let turn = 0; turn < 6; turn++) await setImmediate();
    expect(told).toEqual([3, 2, 1]);
  });

  it('fails all sequences with an error of the model, and runs again when it is woken', async () => {
    const { scheduler, told } = stepper(13);
    const wake = driveScheduler(scheduler, () => setImmediate());
    for (let time = 0; time < 2; time++) {
      wake();
      for (let turn = 0; turn < 3; turn++) await setImmediate();
    }
    expect(told).toEqual([13, new Error('the model broke'), 13, new Error('the model broke')]);
  });
});
