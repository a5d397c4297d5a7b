import * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../test/expect-plain.js';
import { randomBits } from '../random/random.js';
import { dropout, dropoutFactors, NO_DROPOUT, residual } from './dropout.js';

const settings = { rate: 0.3, seed: 5, step: 2, stream: 4 };
const [N, C] = [10, 6];

describe('dropoutFactors', () => {
  it('keeps an entry if its random word reaches the rate, and scales it', () => {
    const words = randomBits({ seed: 5, purpose: 'dropout', step: 2, stream: 4 }, N * C);
    const expected = Array.from(words, (word) => (word / 2 ** 32 >= 0.3 ? 1 / 0.7 : 0));
    expect(dropoutFactors([N, C], settings).dataSync()).toBeAllClose(expected);
  });

  it('drops the fraction `rate` of the entries and keeps the expectation', () => {
    const factors = dropoutFactors([200, 200], settings).dataSync<'float32'>();
    const dropped = factors.filter((factor) => factor === 0).length / factors.length;
    const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
    const fiveSigma = 5 * Math.sqrt((0.3 * 0.7) / factors.length);
    expect(Math.abs(dropped - 0.3)).toBeLessThan(fiveSigma);
    expect(Math.abs(mean - 1)).toBeLessThan(fiveSigma / 0.7);
  });

  it('drops the same entries for the same seed, step and stream, and others for different ones', () => {
    const addresses = [{}, { seed: 6 }, { step: 3 }, { stream: 5 }];
    const masks = addresses.map((address) =>
      dropoutFactors([N, C], { ...settings, ...address })
        .dataSync()
        .join(),
    );
    expect(new Set(masks).size).toBe(addresses.length);
    expect(dropoutFactors([N, C], settings).dataSync().join()).toBe(masks[0]);
  });
});

describe('dropout', () => {
  it('drops the same entries in the gradient as in the value', () => {
    const factors = dropoutFactors([N, C], settings).dataSync();
    expectPlain({
      inputs: { x: [N, C] },
      op: ({ x }) => dropout(x as tf.Tensor2D, settings), // rank as above
      plain: ({ x }) => x.map((value, i) => value * factors[i]),
    });
  });

  it('is the identity at rate 0', () => {
    const x = tf.ones<tf.Rank.R2>([N, C]);
    expect(dropout(x, NO_DROPOUT)).toBe(x);
  });
});

describe('residual', () => {
  it.each([0, 0.3])('adds a branch to the stream at rate %d', (rate) => {
    const factors = dropoutFactors([N, C], { ...settings, rate }).dataSync();
    expectPlain({
      inputs: { x: [N, C], branch: [N, C] },
      op: ({ x, branch }) =>
        residual(x as tf.Tensor2D, branch as tf.Tensor2D, { ...settings, rate }), // ranks as above
      plain: ({ x, branch }) => x.map((value, i) => value + branch[i] * factors[i]),
    });
  });
});
