import type * as tf from '@tensorflow/tfjs-core';

import { type Dropout, NO_DROPOUT } from '../../ops/dropout.js';
import { CAUSAL_SIGHT, type Sight } from '../sight.js';
import { type AttentionShape, defineMaskedAttention } from './masked-attention.js';

/** The op `Attention`: see `defineMaskedAttention`. */
export const PLAIN = defineMaskedAttention('Attention');

/**
 * Multi-head self-attention within each sequence, `softmax(q k^T / sqrt(D)) v`, before the output
 * projection.
 *
 * @param qkv - Queries, keys and values side by side, `[B * T, 3C]`; head h of each takes the
 *   columns `[h * D, (h + 1) * D)`.
 * @returns the weighted values of each position, with heads as columns, `[B * T, C]`.
 * @see Vaswani et al. 2017, section 3.2, https://arxiv.org/abs/1706.03762
 */
export function attention(
  qkv: tf.Tensor2D,
  shape: AttentionShape,
  sight: Sight = CAUSAL_SIGHT,
  dropout: Dropout = NO_DROPOUT,
): tf.Tensor2D {
  return PLAIN.attend(qkv, {}, shape, sight, dropout);
}
