import * as tf from '@tensorflow/tfjs-core';

import { smallTraining } from '../../test/small-training.js';
import { createModel } from '../model/model.js';
import { wholeShare } from './update-plan.js';
import { lossAndGradients } from './gradients.js';

const { size, batch } = smallTraining;

describe('lossAndGradients of several micro-batches', () => {
  it('adds gradients in pairs, with the same bits as plain sums', () => {
    const config = { ...smallTraining.config, dropout: 0.2 };
    const model = createModel(size, { seed: 1 });
    const batches = Array.from({ length: 6 }, (_, i) => ({
      ...batch,
      weights: batch.weights.map((_, t) => ((t + i) % 3) / 4),
    }));
    const totals = {
      next: batches.flatMap(({ weights }) => [...weights]).reduce((sum, weight) => sum + weight),
      second: 0,
    };
    const own = batches.map((each, i) =>
      lossAndGradients(model, [each], config, i, undefined, { share: wholeShare(1), totals }),
    );
    const all = lossAndGradients(model, batches, config, 0);
    const { fround } = Math;
    for (const { name } of model.parameters.specs) {
      const [a, b, c, d, e, f] = own.map(({ gradients }) => gradients[name].dataSync());
      const sums = a.map((_, i) => {
        const first = fround(a[i] + fround(b[i] + c[i]));
        return fround(first + fround(d[i] + fround(e[i] + f[i])));
      });
      expect(all.gradients[name].dataSync()).toEqual(sums);
    }
    const [a, b, c, d, e, f] = own.map(({ loss }) => loss);
    expect(all.loss).toBe(a + (b + c) + (d + (e + f)));
    tf.dispose([all.gradients, ...own.map(({ gradients }) => gradients)]);
  });
});
