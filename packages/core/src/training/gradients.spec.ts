import * as tf from '@tensorflow/tfjs-core';

import { smallTraining } from '../../test/small-training.js';
import type { TrainingBatch } from '../model/forward.js';
import { createModel } from '../model/model.js';
import { packRows } from '../model/row-packing.js';
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

describe('lossAndGradients with R-Drop', () => {
  const [B, T] = [3, 5];
  const padded: TrainingBatch = {
    batchSize: B,
    tokens: Int32Array.from({ length: B * T }, (_, i) => (7 * i) % size.vocabSize),
    targets: Int32Array.from({ length: B * T }, (_, i) => (5 * i) % size.vocabSize),
    weights: Float32Array.from({ length: B * T }, (_, i) => (i % T < 2 ? (i % 3) + 1 : 0)),
    lengths: Int32Array.of(2, 2, 3),
  };
  const packed = { ...padded, packing: packRows(padded) };

  it.each([
    ['whole sequences', batch],
    ['padded ones', padded],
    ['packed ones', packed],
  ])('changes nothing without dropout: %s', (_, given) => {
    const model = createModel(size, { seed: 1 });
    const plain = lossAndGradients(model, [given, given], smallTraining.config, 0);
    const twice = lossAndGradients(model, [given, given], { ...smallTraining.config, rDrop: 2 }, 0);
    expect(twice.loss).toBeCloseTo(plain.loss, 5);
    for (const [name, gradient] of Object.entries(plain.gradients)) {
      expect(twice.gradients[name].dataSync()).toBeAllClose(gradient.dataSync(), { atol: 1e-6 });
    }
    tf.dispose([plain.gradients, twice.gradients]);
  });

  it('adds the divergence of both predictions with dropout', () => {
    const config = { ...smallTraining.config, dropout: 0.3 };
    const model = createModel(size, { seed: 1 });
    const [none, small, large] = [1e-9, 1, 2].map((rDrop) => {
      const { loss, gradients } = lossAndGradients(model, [packed], { ...config, rDrop }, 0);
      tf.dispose(gradients);
      return loss;
    });
    expect(small).toBeGreaterThan(none);
    expect(large - none).toBeCloseTo(2 * (small - none), 5);
  });
});
