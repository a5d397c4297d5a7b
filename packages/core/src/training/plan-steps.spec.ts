import { trainingConfig } from '../config/training-config.js';
import { planDecay, planFirst, trainingPace } from './training-pace.js';

const config = trainingConfig({ maxMinutes: 1, evalInterval: 100, saveInterval: 50 });
const paceOf = (step: number, evaluation = 0) => trainingPace(config, { step, evaluation });

describe('planFirst', () => {
  it('leaves the steps of wsd open, and warms up for at most a fifth of the expected steps', () => {
    const roomy = planFirst(config, paceOf(0.01), { from: 0, seconds: 60 });
    expect(roomy.config).toMatchObject({ maxSteps: 0, warmupSteps: 100, schedule: 'wsd' });
    const tight = planFirst(config, paceOf(1), { from: 0, seconds: 60 });
    expect(tight).toMatchObject({ expectedSteps: 57, config: { maxSteps: 0, warmupSteps: 11 } });
  });

  it.each([{ schedule: 'cosine' }, { schedule: 'linear' }, { intermediateLosses: true }] as const)(
    'decides at once with %j, which requires the number of steps from the beginning',
    (given) => {
      const needy = trainingConfig({ maxMinutes: 1, ...given });
      const { config: planned, expectedSteps } = planFirst(needy, paceOf(0.1), {
        from: 7,
        seconds: 60,
      });
      expect(planned).toMatchObject({ maxSteps: expectedSteps, warmupSteps: 100 });
      expect(expectedSteps).toBeGreaterThan(500);
    },
  );

  it('plans one step if no time is left', () => {
    expect(planFirst(config, paceOf(9), { from: 4, seconds: 0 }).expectedSteps).toBe(5);
  });
});

describe('planDecay', () => {
  it('begins as late as the last fifth still fits into the time left', () => {
    const pace = paceOf(0.01);
    const planned: number[] = [];
    for (let from = 1; from <= 6000 && planned.length === 0; from++) {
      const seconds = 60 - 0.01 * from;
      const steps = planDecay(config, pace, { from, seconds });
      if (steps !== undefined)
        planned.push(from, steps, seconds - pace.secondsBetween(from, steps));
    }
    const [from, steps, secondsOver] = planned;
    expect(steps).toBe(Math.ceil(1.25 * from));
    expect(secondsOver).toBeGreaterThanOrEqual(0);
    expect(secondsOver).toBeLessThan(0.05);
  });

  it('waits for the warmup, and applies only to wsd', () => {
    const pace = paceOf(1);
    expect(planDecay(config, pace, { from: 99, seconds: 1 })).toBeUndefined();
    expect(planDecay(config, pace, { from: 100, seconds: 1000 })).toBeUndefined();
    const constant = trainingConfig({ maxMinutes: 1, schedule: 'constant' });
    expect(planDecay(constant, pace, { from: 200, seconds: 1 })).toBeUndefined();
    const planned = trainingConfig({ maxMinutes: 1, maxSteps: 300, schedule: 'wsd' });
    expect(planDecay(planned, pace, { from: 200, seconds: 1 })).toBeUndefined();
  });

  it('uses the time left if it is much less than a fifth', () => {
    const pace = paceOf(1);
    const steps = planDecay(config, pace, { from: 1000, seconds: 60 });
    expect(steps).toBe(1057);
    expect(planDecay(config, pace, { from: 1000, seconds: 0 })).toBe(1001);
  });
});
