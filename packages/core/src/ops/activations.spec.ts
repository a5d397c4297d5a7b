import { plainGelu } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { finiteDifferences } from '../../test/expect-plain.js';
import { randomValues } from '../../test/random-values.js';
import { gelu, geluDerivative } from './activations.js';

const x = randomValues(35, 0, 2);

describe('gelu', () => {
  it('is the tanh form', () => {
    expect(gelu(tf.tensor2d(x, [5, 7])).dataSync()).toBeAllClose(x.map(plainGelu));
  });

  it('returns large numbers unchanged, and 0 for very negative ones', () => {
    const ends = tf.tensor1d([-1e4, -30, 0, 30, 1e4]);
    expect(gelu(ends).dataSync()).toBeAllClose([0, 0, 0, 30, 1e4], { rtol: 1e-6 });
  });
});

describe('geluDerivative', () => {
  it('is the derivative of the tanh form', () => {
    const doubles = Float64Array.from(x);
    const slopes = finiteDifferences(
      () => doubles.reduce((sum, y) => sum + plainGelu(y), 0),
      doubles,
    );
    expect(geluDerivative(tf.tensor2d(x, [5, 7])).dataSync()).toBeAllClose(slopes, { atol: 1e-5 });
  });

  it('is 0 and 1 for extreme numbers', () => {
    const ends = tf.tensor1d([-1e4, -30, 0, 30, 1e4]);
    expect(geluDerivative(ends).dataSync()).toBeAllClose([0, 0, 0.5, 1, 1]);
  });
});
