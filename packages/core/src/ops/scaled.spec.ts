import type * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../test/expect-plain.js';
import { scaled } from './embedding.js';

it('multiplies by a constant', () => {
  expectPlain({
    inputs: { x: [3, 5] },
    op: ({ x }) => scaled(x as tf.Tensor2D, 2.5), // of the rank above
    plain: ({ x }) => x.map((value) => 2.5 * value),
  });
});
