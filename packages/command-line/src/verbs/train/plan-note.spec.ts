import { modelConfig, trainingConfig } from '@ramble/core';
import { NEW_TRAINING } from '@ramble/core/training';

import {
  closingSeconds,
  fewStepsWarning,
  planNote,
  slowDataWarning,
  timeLimited,
} from './plan-note.js';
import { operationsPerToken } from './speed.js';

const report = { kind: 'plan', step: 0, state: NEW_TRAINING } as const;

describe('planNote', () => {
  it('gives the expected steps until the steps are planned', () => {
    const config = trainingConfig({ maxMinutes: 5 });
    expect(planNote({ ...report, config, expectedSteps: 5600 })).toBe(
      'about 5,600 steps fit into 5 minutes; the learning rate falls over the last fifth',
    );
    const constant = trainingConfig({ maxMinutes: 1, schedule: 'constant' });
    expect(planNote({ ...report, config: constant, expectedSteps: 70 })).toBe(
      'about 70 steps fit into 1 minute',
    );
  });

  it('gives the flags that train the same', () => {
    const config = trainingConfig({ maxMinutes: 5, maxSteps: 5613, schedule: 'wsd' });
    expect(planNote({ ...report, step: 4490, config, expectedSteps: 5613 })).toBe(
      'planned 5,613 steps at step 4,490; in place of --max-minutes, --max-steps 5613 --schedule wsd --warmup-steps 100 trains the same',
    );
  });

  it('gives no flags if the decay began later than the planned steps would start it', () => {
    const config = trainingConfig({ maxMinutes: 5, maxSteps: 406, schedule: 'wsd' });
    expect(planNote({ ...report, step: 381, config, expectedSteps: 406 })).toBe(
      'planned 406 steps at step 381',
    );
  });
});

describe('closingSeconds', () => {
  it('keeps a second and a fiftieth of the limit, and never more than a fifth', () => {
    expect([0, 0.01, 0.1, 5].map(closingSeconds)).toEqual([0, 0.12, 1.12, 7]);
  });
});

describe('timeLimited', () => {
  it('is aborted with the other signal, or when its time is over', async () => {
    const stop = new AbortController();
    expect(timeLimited(stop.signal, undefined)).toBe(stop.signal);
    const long = timeLimited(stop.signal, 1000);
    const short = timeLimited(stop.signal, 0.001);
    await new Promise((done) => {
      short.addEventListener('abort', done);
    });
    expect([short.aborted, long.aborted]).toEqual([true, false]);
    stop.abort();
    expect(long.aborted).toBe(true);
  });
});

const model = modelConfig({
  nLayer: 6,
  nHead: 8,
  nEmbd: 512,
  contextLength: 256,
  vocabSize: 16_000,
});
const config = trainingConfig({ batchSize: 64, maxMinutes: 10 });
const plan = {
  ...{ model, config, expectedSteps: 27, hasExamples: true },
  ...{ pace: { step: 20, evaluation: 10 }, seconds: 587 },
};
const SHAPE = { nLayer: 2, nHead: 2, nEmbd: 64, contextLength: 64 };
const SMALL = { ...SHAPE, bpeVocabSize: 1000 };
const TINY = { ...SMALL, nLayer: 1, nEmbd: 16 };

describe('fewStepsWarning', () => {
  it('names the largest preset with enough steps, from the measured pace', () => {
    const presets = {
      base: { nEmbd: 512, nHead: 8 },
      tiny: TINY,
      small: { ...SMALL, batchSize: 64 },
    };
    const small = modelConfig({ ...SHAPE, vocabSize: 1000 });
    const step = (20 * operationsPerToken(small)) / operationsPerToken(model);
    const found =
      /^too few steps to learn much \(about 27\); give it more minutes, or --preset small, of which about ([\d,]+) fit$/.exec(
        fewStepsWarning(plan, { presets, chosen: {} }) ?? '',
      );
    const steps = Number(found?.[1].replace(',', ''));
    expect(steps).toBeGreaterThan(1000);
    expect(steps * step).toBeLessThan(587);
    expect(steps * step).toBeGreaterThan(300);
  });

  it("counts chosen settings in place of the preset's", () => {
    const chosen = { nLayer: 6, nHead: 8, nEmbd: 512, bpeVocabSize: 16_000 };
    const training = { batchSize: 64, contextLength: 256 };
    expect(
      fewStepsWarning(plan, { presets: { tiny: TINY }, chosen: { ...chosen, ...training } }),
    ).toBe(
      'too few steps to learn much (about 27); give it more minutes, or make the model or the batch smaller',
    );
  });

  it('is silent for enough steps', () => {
    const enough = { ...plan, expectedSteps: 200 };
    expect(fewStepsWarning(enough, { presets: { tiny: TINY }, chosen: {} })).toBeUndefined();
  });
});

describe('slowDataWarning', () => {
  it('gives the fraction of the data that the steps use', () => {
    const read = { examples: 149_000, readSeconds: 300 };
    expect(slowDataWarning({ config, expectedSteps: 230 }, read)).toBe(
      'reading and encoding the data took 5 min 0 s, which --max-minutes does not count; ' +
        'the steps use 14,720 of 149,000 examples, and --data-share 0.1 encodes no more',
    );
    expect(slowDataWarning({ config, expectedSteps: 2000 }, read)).toBeUndefined();
    expect(
      slowDataWarning({ config, expectedSteps: 2 }, { ...read, readSeconds: 99 }),
    ).toBeUndefined();
  });
});
