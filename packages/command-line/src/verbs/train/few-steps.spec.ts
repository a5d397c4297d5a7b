import { modelConfig, trainingConfig } from '@ramble/core';

import { fewStepsWarning, slowDataWarning } from './plan-note.js';
import { operationsPerToken } from './speed.js';

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
