import { plainGelu, plainLinear } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';

import { expectPlain } from '../../test/expect-plain.js';
import { type Activation, linear, roundActivations } from './linear.js';

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

  it('rounds the operands of all products to bf16 if told so, ties to even', () => {
    const third = 1 / 3;
    const x = tf.tensor2d([1 + 2 ** -8, third], [1, 2]);
    const weight = tf.tensor2d([third, 3 + 2 ** -7], [2, 1]);
    const rounded = 171 / 512; // the nearest to 1 / 3 with 8 bits of precision
    const apply = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      linear(a as tf.Tensor2D, { weight: b as tf.Tensor2D }, 'none', 'bf16');
    expect(apply(x, weight).dataSync()[0]).toBe(1 * rounded + rounded * 3);
    const [dx, dWeight] = tf.grads(apply)([x, weight], tf.tensor2d([third], [1, 1]));
    expect([...dx.dataSync()]).toEqual([rounded * rounded, rounded * 3]);
    expect([...dWeight.dataSync()]).toEqual([rounded, rounded * rounded]);
    expect(linear(x, { weight }).dataSync()[0]).toBeCloseTo((1 + 2 ** -8 + 3 + 2 ** -7) / 3, 6);
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

const rounded = (rows: number[][]): number[] => [...roundActivations(tf.tensor2d(rows)).dataSync()];

describe('roundActivations', () => {
  it('rounds to multiples of a 127th of the largest of every 32 numbers', () => {
    const row = Array.from({ length: 70 }, (_, i) => Math.sin(i * i) * (i < 32 ? 1 : 100));
    const expected = row.flatMap((_, i) => {
      if (i % 32 > 0) return [];
      const group = row.slice(i, i + 32);
      const step = Math.max(...group.map(Math.abs)) / 127;
      return group.map((value) => Math.round(value / step) * step);
    });
    const actual = rounded([row]);
    expect(actual).toHaveLength(70);
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
    expect(Math.max(...actual.map((value, i) => Math.abs(value - row[i])))).toBeGreaterThan(0.1);
  });

  it('keeps the largest number of a group, zeros, and groups of zeros', () => {
    const row = new Array<number>(40).fill(0);
    row[3] = -2.5;
    expect(rounded([row, new Array<number>(40).fill(0)])).toEqual([
      ...row,
      ...new Array<number>(40).fill(0),
    ]);
  });
});
