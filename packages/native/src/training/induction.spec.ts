import { createModel, type TrainingBatch, trainingConfig } from '@ramble/core';
import { headScores, repeatedTokens } from '@ramble/core/study';
import { createLearner, OPTIMIZERS } from '@ramble/core/training';

import { nativeEngine } from '../engine.js';

const [V, HALF, B] = [26, 12, 32];
const T = 2 * HALF - 1;

/** Returns sequences of letters that repeat. The loss counts the predictions of the second half. */
function repeatedBatch(step: number): TrainingBatch {
  const rows = Array.from({ length: B }, (_, i) => repeatedTokens(V, HALF, 1 + step * B + i));
  return {
    batchSize: B,
    tokens: Int32Array.from(rows.flatMap((row) => Array.from(row.subarray(0, T)))),
    targets: Int32Array.from(rows.flatMap((row) => Array.from(row.subarray(1)))),
    weights: Float32Array.from({ length: B * T }, (_, i) => (i % T >= HALF - 1 ? 1 : 0)),
  };
}

describe('headScores of a model in training', () => {
  beforeAll(() => nativeEngine.load());

  it('finds an induction head above 0.4 in a model of two layers that learned repeated letters', () => {
    const sizes = { vocabSize: V, contextLength: 2 * HALF, nLayer: 2, nHead: 2, nEmbd: 32 };
    const model = createModel({ ...sizes, positions: 'rotary' }, { seed: 1 });
    const config = trainingConfig({ batchSize: B });
    const learner = createLearner(model);
    const prompt = { tokens: repeatedTokens(V, HALF, 0) };
    const highest = (): number =>
      Math.max(
        ...headScores(model, prompt).flatMap((heads) => heads.map((head) => head.induction)),
      );
    expect(highest()).toBeLessThan(0.15); // about 1 / 18, the share of one key
    for (let step = 0; step < 120; step++) {
      const { gradients } = learner.lossAndGradients([repeatedBatch(step)], config, step);
      const rule = OPTIMIZERS[config.optimizer].rule(config, 0.005, step + 1);
      model.parameters.update(gradients, rule, config.gradClip);
    }
    expect(highest()).toBeGreaterThan(0.4);
    learner.dispose();
    model.dispose();
  });
});
