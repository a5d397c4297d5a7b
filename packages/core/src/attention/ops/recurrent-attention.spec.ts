import { plainRecurrentAttention } from '@ramble/node/testing';
import type * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../../test/expect-plain.js';
import { dropoutFactors, NO_DROPOUT } from '../../ops/dropout.js';
import { recurrentAttention } from './recurrent-attention.js';

describe('recurrentAttention', () => {
  const dropped = { rate: 0.4, seed: 5, step: 2, stream: 4 };
  it.each([
    ['with a memory', { B: 2, T: 3, S: 5, C: 6, H: 3 }, NO_DROPOUT],
    ['with a memory that is longer, and dropout', { B: 2, T: 2, S: 7, C: 4, H: 1 }, dropped],
    ['without a memory', { B: 1, T: 4, S: 4, C: 6, H: 3 }, NO_DROPOUT],
    ['of one position', { B: 2, T: 1, S: 3, C: 2, H: 1 }, NO_DROPOUT],
  ] as const)('attends to a segment and its memory, with gradients: %s', (_, sizes, dropout) => {
    const { B, T, S, C, H } = sizes;
    const factors = dropoutFactors([B, H, T, S], dropout).dataSync();
    expectPlain({
      inputs: { qkv: [B * S, 3 * C], weight: [C, C], contentBias: [C], distanceBias: [C] },
      op: ({ qkv, weight, contentBias, distanceBias }) =>
        recurrentAttention(
          qkv as tf.Tensor2D, // ranks as above
          { batch: B, nHead: H, queries: T },
          {
            weight: weight as tf.Tensor2D,
            contentBias: contentBias as tf.Tensor1D,
            distanceBias: distanceBias as tf.Tensor1D,
          },
          dropout,
        ),
      plain: (inputs) => plainRecurrentAttention(inputs, sizes, factors),
    });
  });
});
