import { readJson } from '../../test/read-fixture.js';
import { type TrainingConfig, trainingConfig } from '../config/training-config.js';
import { decayStart, learningRateAt, stepsDecayingFrom } from './schedule.js';

interface ScheduleCase {
  readonly kind: string;
  readonly options: {
    readonly maxLr: number;
    readonly minLr: number;
    readonly warmup: number;
    readonly total: number;
    readonly d: number;
    readonly factor: number;
  };
  readonly steps: number[];
  readonly lr: number[];
}
const { cases } = readJson('optimizers/schedules.json') as { cases: ScheduleCase[] }; // its README

/** Ramble's setting for each reference, with the base of its step count. */
const SCHEDULES: Record<string, { schedule: TrainingConfig['schedule']; firstStep: number }> = {
  'cosine-nanogpt': { schedule: 'cosine', firstStep: 0 },
  'cosine-hf': { schedule: 'cosine-hf', firstStep: 0 },
  'linear-hf': { schedule: 'linear', firstStep: 0 },
  'inverse-sqrt-hf': { schedule: 'inverse-sqrt', firstStep: 0 },
  noam: { schedule: 'noam', firstStep: 1 },
};

describe('learningRateAt', () => {
  it.each(cases.map((given) => [given.kind, given.options, given] as const))(
    'is the reference %s with %j',
    (kind, { maxLr, minLr, warmup, total, d, factor }, given) => {
      const { schedule, firstStep } = SCHEDULES[kind];
      const config: TrainingConfig = {
        ...trainingConfig(),
        schedule,
        learningRate: kind === 'noam' ? factor : maxLr,
        minLearningRate: minLr,
        warmupSteps: warmup,
        maxSteps: total,
      };
      given.steps.forEach((step, i) => {
        // Hugging Face's cosine rises again after its end; ramble's stays constant.
        const expected = kind === 'cosine-hf' && step > total ? 0 : given.lr[i];
        expect([learningRateAt(step - firstStep, config, d)]).toBeAllClose([expected], {
          atol: 1e-14,
          rtol: 1e-9,
        });
      });
    },
  );

  it('is constant after warmup', () => {
    const config = trainingConfig({ schedule: 'constant', learningRate: 0.5, warmupSteps: 4 });
    const rates = [0, 1, 2, 3, 4, 5, 1999].map((step) => learningRateAt(step, config, 6));
    expect(rates).toBeAllClose([0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5]);
  });

  it('with wsd is at its peak for four fifths, and at its minimum with the last update', () => {
    const config = trainingConfig({
      schedule: 'wsd',
      learningRate: 1,
      maxSteps: 50,
      warmupSteps: 3,
    });
    const rates = [0, 1, 2, 3, 39, 40, 42, 49].map((step) => learningRateAt(step, config, 6));
    const falling = [0.1, 0.3].map((share) => 0.1 + 0.9 * (1 - Math.sqrt(share)));
    expect(rates).toBeAllClose([0.25, 0.5, 0.75, 1, 1, ...falling, 0.1]);
  });

  it('with wsd does not depend on the number of steps before the decay', () => {
    const rates = [0, 50, 700].map((maxSteps) => {
      const config = { ...trainingConfig({ schedule: 'wsd', warmupSteps: 4 }), maxSteps };
      return Array.from({ length: 40 }, (_, step) => learningRateAt(step, config, 6));
    });
    expect(rates[1]).toEqual(rates[0]);
    expect(rates[2]).toEqual(rates[0]);
  });
});

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
