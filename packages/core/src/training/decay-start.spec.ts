import { decayStart, stepsDecayingFrom } from './schedule.js';

describe('the decay of wsd', () => {
  it('begins at the step at which the number of steps was planned, for any such step', () => {
    for (let step = 1; step < 500; step++) {
      expect(decayStart(stepsDecayingFrom(step), 0)).toBe(step);
    }
  });

  it('is the last fifth, after the warmup, and never before the number of steps is planned', () => {
    expect([decayStart(1000, 100), decayStart(100, 90), decayStart(0, 5)]).toEqual([
      800,
      90,
      Infinity,
    ]);
  });
});
