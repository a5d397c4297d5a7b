import { setImmediate } from 'node:timers/promises';

import { decidedModel } from '../../test/decided-model.js';
import { samplingConfig } from '../config/sampling-config.js';
import { capacityFor, driveScheduler, nextTurn } from './generation.js';
import type { Scheduler } from './scheduler.js';

describe('capacityFor', () => {
  const model = decidedModel(); // with a context of 8
  const config = samplingConfig({ maxNewTokens: 3 });

  it('is the length of the longest prompt with its output, at most the context, for any number of prompts', () => {
    const prompts = new Array<{ tokens: number[] }>(200_000).fill({ tokens: [1] });
    expect(capacityFor({ model, config, prompts })).toBe(4);
    expect(capacityFor({ model, config, prompts: [...prompts, { tokens: [1, 2] }] })).toBe(5);
    expect(capacityFor({ model, config, prompts: [{ tokens: [1, 2, 3, 4, 5, 6] }] })).toBe(8);
  });
});

describe('nextTurn', () => {
  const { setImmediate: own } = globalThis;
  afterEach(() => {
    globalThis.setImmediate = own;
  });

  it.each(['node', 'page'])('runs timers first: %s', async (place) => {
    if (place === 'page') globalThis.setImmediate = undefined as unknown as typeof own; // as in a page
    let [runs, turns] = [0, 0];
    setTimeout(() => runs++, 1);
    for (; runs === 0; turns++) await nextTurn();
    expect(turns).toBeGreaterThan(0);
  });
});

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
