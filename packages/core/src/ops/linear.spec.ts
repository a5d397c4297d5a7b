import { plainGelu, plainLinear } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../test/expect-plain.js';
import { linear, type Activation } from './linear.js';

describe('linear', () => {
  it.each([
    [10, 6, 7, 'none'],
    [10, 6, 7, 'gelu'],
    [1, 1, 1, 'gelu'],
    [1, 9, 4, 'none'],
  ] as const)('maps [%d, %d] to width %d with activation %s', (N, I, O, activation: Activation) => {
    expectPlain({
      inputs: { x: [N, I], weight: [I, O], bias: [O] },
      op: ({ x, weight, bias }) =>
        linear(
          x as tf.Tensor2D,
          { weight: weight as tf.Tensor2D, bias: bias as tf.Tensor1D },
          activation,
        ), // ranks as above
      plain: ({ x, weight, bias }) => {
        const sum = plainLinear(x, weight, bias);
        return activation === 'gelu' ? sum.map(plainGelu) : sum;
      },
    });
  });

  it('adds up the gradients of two uses in one pass', () => {
    const weight = tf.tensor2d([2, 1, 0, 3], [2, 2]);
    const bias = tf.tensor1d([0, 0]);
    const twice = (w: tf.Tensor): tf.Tensor => {
      const params = { weight: w as tf.Tensor2D, bias }; // [2, 2]
      return linear(linear(tf.ones([1, 2]), params), params);
    };
    // The sum of x W W with x of ones: x^T (1 W^T) + (x W)^T 1.
    const gradient = tf.grad(twice)(weight, tf.ones([1, 2]));
    expect(gradient.dataSync()).toBeAllClose([3 + 2, 3 + 2, 3 + 4, 3 + 4]);
  });
});
