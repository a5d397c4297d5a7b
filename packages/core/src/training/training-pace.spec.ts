import { trainingPace } from './training-pace.js';

const intervals = { evalInterval: 10, saveInterval: 4 };

describe('trainingPace', () => {
  it('counts the evaluations and checkpoints between the steps and at the end', () => {
    const pace = trainingPace(intervals);
    pace.add('step', 1);
    pace.add('evaluation', 100);
    pace.add('checkpoint', 1000);
    // Evaluations after 10, 20 and 23; checkpoints after 8, 12, 16, 20 and 23.
    expect(pace.secondsBetween(7, 23)).toBeCloseTo(1.05 * 16 + 300 + 5000, 6);
    expect(pace.secondsBetween(7, 20)).toBeCloseTo(1.05 * 13 + 200 + 4000, 6);
    expect(pace.endSeconds).toBe(1100);
  });

  it('finds the last step that fits, the same as trying each', () => {
    const pace = trainingPace(intervals, { step: 0.5, evaluation: 3 });
    for (const seconds of [0, 3.4, 3.6, 10, 33, 77.7]) {
      let step = 5;
      while (pace.secondsBetween(5, step + 1) <= seconds) step++;
      const found = pace.lastStepWithin(5, seconds);
      expect(pace.secondsBetween(5, found)).toBeLessThanOrEqual(Math.max(seconds, 3));
      expect(found).toBeGreaterThanOrEqual(step);
    }
  });

  it('finds the last step for steps of less than a millisecond', () => {
    const pace = trainingPace(
      { evalInterval: 1e9, saveInterval: 1e9 },
      { step: 1e-4, evaluation: 0 },
    );
    expect(pace.lastStepWithin(100, 10)).toBe(100 + Math.floor(10 / 1.05e-4));
  });

  it('follows a machine that becomes slower', () => {
    const pace = trainingPace(intervals, { step: 1, evaluation: 0 });
    for (let i = 0; i < 100; i++) pace.add('step', 1);
    for (let i = 0; i < 100; i++) pace.add('step', 2);
    const perStep = (pace.secondsBetween(0, 9) - pace.secondsBetween(0, 8)) / 1.05;
    expect(perStep).toBeGreaterThan(1.9);
    expect(perStep).toBeLessThanOrEqual(2);
  });
});
