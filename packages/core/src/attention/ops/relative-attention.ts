import type * as tf from '@tensorflow/tfjs-core';

import { type Dropout, NO_DROPOUT } from '../../ops/dropout.js';
import { CAUSAL_SIGHT, type Sight } from '../sight.js';
import { relativeGradients, relativeScores } from './attention-distances.js';
import { type AttentionShape, defineMaskedAttention } from './masked-attention.js';

/** Kernel `RelativeAttention`: see `defineMaskedAttention`; `distances [H * M, D]` is learned. No prefix. */
export const RELATIVE_OP = defineMaskedAttention('RelativeAttention', {
  inputs: ['distances'],
  scores: (query, { distances }) => relativeScores(query, distances as tf.Tensor2D), // [H * M, D]
  gradients: (dScores, query, { distances }) => {
    const { dq, dDistances } = relativeGradients(dScores, query, distances as tf.Tensor2D);
    return { dQuery: dq, dInputs: [dDistances] };
  },
});

/**
 * Attention whose scores know distances, `softmax(q (k + e)^T / sqrt(D)) v`.
 *
 * @param distances - Learned vectors of distances, `[H * M, D]`, a head's M rows together: row
 *   `M - 1 - d` of a head is added to keys d positions back; those farther back than the table goes get
 *   nothing.
 * @see Huang et al. 2018, section 3.4, https://arxiv.org/abs/1809.04281
 */
export function relativeAttention(
  qkv: tf.Tensor2D,
  distances: tf.Tensor2D,
  shape: AttentionShape,
  sight: Sight = CAUSAL_SIGHT,
  dropout: Dropout = NO_DROPOUT,
): tf.Tensor2D {
  return RELATIVE_OP.attend(qkv, { distances }, shape, sight, dropout);
}
