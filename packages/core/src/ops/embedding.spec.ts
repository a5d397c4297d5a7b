import * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../test/expect-plain.js';
import { embedding, scaled } from './embedding.js';

describe('embedding', () => {
  it.each([
    [7, 6, [3, 0, 6, 3, 3]],
    [1, 6, [0, 0]],
  ])('looks up rows of [%d, %d], and adds up the gradients of repeated rows', (V, C, ids) => {
    expectPlain({
      inputs: { table: [V, C] },
      op: ({ table }) => embedding(table as tf.Tensor2D, tf.tensor1d(ids, 'int32')), // rank as above
      plain: ({ table }) => ids.flatMap((id) => [...table.subarray(id * C, (id + 1) * C)]),
    });
  });
});

it('multiplies by a constant', () => {
  expectPlain({
    inputs: { x: [3, 5] },
    op: ({ x }) => scaled(x as tf.Tensor2D, 2.5), // of the rank above
    plain: ({ x }) => x.map((value) => 2.5 * value),
  });
});
