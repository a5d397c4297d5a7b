import type * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../../test/expect-plain.js';
import { groupRows } from './compressed-attention.js';

describe('groupRows', () => {
  it.each([
    [2, 7, 3, 0, 5],
    [2, 6, 3, 1, 2],
    [1, 2, 3, 4, 1],
    [3, 5, 2, 2, 3],
  ])(
    'joins positions as columns, with zeros after the last: %d x %d positions, %d each, columns %d + %d',
    (B, T, K, firstColumn, width) => {
      const [W, G] = [5, Math.ceil(T / K)];
      expectPlain({
        inputs: { x: [B * T, W] },
        op: ({ x }) =>
          groupRows(x as tf.Tensor2D, { batch: B, groupLength: K, firstColumn, width }), // rank as above
        plain: ({ x }) =>
          Array.from({ length: B * G * K * width }, (_, i) => {
            const [row, c] = [Math.floor(i / width), i % width];
            const [b, t] = [Math.floor(row / (G * K)), row % (G * K)];
            return t < T ? x[(b * T + t) * W + firstColumn + c] : 0;
          }),
      });
    },
  );
});
