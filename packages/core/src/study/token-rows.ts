import type { LayerAttention } from '../attention/attention-kind.js';
import type * as tf from '@tensorflow/tfjs-core';

import { readRows } from './read-rows.js';

/**
 * What a layer's scores or weights, `[H, T, S]`, say of each token. Where groups are seen as one, a
 * group's score is that of its tokens, and they share its weight evenly; the first token, which is seen
 * by itself too, has its own score, and both weights.
 *
 * @returns rows of T numbers of each head.
 */
export function tokenRows(
  value: tf.Tensor,
  of: 'scores' | 'weights',
  attention: LayerAttention,
): Float32Array[][] {
  const heads = readRows(value);
  const [, T] = value.shape;
  return heads.map((rows) => rows.map((row) => Float32Array.from(attention.byToken(row, of, T))));
}
