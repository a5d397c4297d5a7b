import * as tf from '@tensorflow/tfjs-core';

import { defineOp, type Attributes } from './define-op.js';
import { dropoutFactors, dropoutOf, NO_DROPOUT, type Dropout } from './dropout.js';
import type { Visibility } from './visibility.js';

export interface AttentionShape {
  /** Sequences, B. */
  readonly batch: number;
  /** Heads, H. */
  readonly nHead: number;
}

/**
 * Multi-head self-attention within each sequence, `softmax(q k^T / sqrt(D)) v`, before the output
 * projection.
 *
 * @param qkv - Queries, keys and values side by side, `[B * T, 3C]`; head h of each takes the
 *   columns `[h * D, (h + 1) * D)`.
 * @param dropout - Applied to the weights after the softmax.
 * @returns What each position read, heads side by side, `[B * T, C]`.
 * @see Vaswani et al. 2017, section 3.2, https://arxiv.org/abs/1706.03762
 */
export function attention(
  qkv: tf.Tensor2D,
  { batch, nHead }: AttentionShape,
  visibility: Visibility,
  dropout: Dropout = NO_DROPOUT,
): tf.Tensor2D {
  const attributes = { batch, nHead, visibility: visibility.kind, ...dropout };
  if (visibility.kind === 'causal') {
    return run({ qkv }, attributes)[0] as tf.Tensor2D; // [B * T, C] by construction
  }
  return tf.tidy(() => {
    const prefixLengths = tf.tensor1d(visibility.lengths, 'int32');
    return run({ qkv, prefixLengths }, attributes)[0] as tf.Tensor2D; // as above
  });
}

/**
 * Kernel `Attention`: `{ qkv [B * T, 3C], prefixLengths? int32 [B] }`, `{ batch, nHead, visibility:
 * 'causal' | 'prefix', …Dropout }` to `[read [B * T, C], …residuals]`. Kernel `AttentionGrad`
 * returns the gradient of qkv.
 */
const run = defineOp({
  name: 'Attention',
  savedInputs: ['qkv'],
  differentiable: ['qkv'],
  forward: ({ qkv, prefixLengths }, attributes) => {
    const [q, k, v] = splitHeads(qkv, attributes);
    const [, , T, D] = q.shape;
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(D)); // [B, H, T, T]
    const seen = visibleKeys(T, prefixLengths as tf.Tensor1D | undefined); // absent when causal
    const weights = tf.softmax(tf.where(seen, scores, -Infinity));
    return [mergeHeads(tf.matMul<tf.Tensor4D>(drop(weights, attributes), v)), weights];
  },
  backward: ({ dy, qkv, residual0: weights }, attributes) => {
    const [q, k, v] = splitHeads(qkv, attributes);
    const scale = 1 / Math.sqrt(q.shape[3]);
    const dRead = splitColumns(dy, 0, attributes);
    const dv: tf.Tensor4D = tf.matMul(drop(weights, attributes), dRead, true, false);
    const dWeights = drop(tf.matMul(dRead, v, false, true), attributes);
    const mean = tf.sum(tf.mul(dWeights, weights), 3, true);
    const dScores = tf.mul(tf.mul(weights, tf.sub(dWeights, mean)), scale);
    const dq: tf.Tensor4D = tf.matMul(dScores, k);
    const dk: tf.Tensor4D = tf.matMul(dScores, q, true, false);
    return [tf.concat([dq, dk, dv].map(mergeHeads), 1)];
  },
});

/** Queries, keys and values, each `[B, H, T, D]`. */
function splitHeads(
  qkv: tf.Tensor,
  attributes: Attributes,
): [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] {
  const C = (qkv.shape[1] ?? 0) / 3;
  return [
    splitColumns(qkv, 0, attributes, C),
    splitColumns(qkv, C, attributes, C),
    splitColumns(qkv, 2 * C, attributes, C),
  ];
}

/** The heads in `C` columns from `start`: `[B * T, …]` to `[B, H, T, D]`. */
function splitColumns(
  x: tf.Tensor,
  start: number,
  { batch, nHead }: Attributes,
  C = x.shape[1] ?? 0,
): tf.Tensor4D {
  const [B, H] = [batch as number, nHead as number]; // attention() put numbers there
  const T = x.shape[0] / B;
  const columns = tf.slice(x, [0, start], [B * T, C]);
  return tf.transpose(tf.reshape(columns, [B, T, H, C / H]), [0, 2, 1, 3]);
}

/** `[B, H, T, D]` to `[B * T, C]`. */
function mergeHeads(x: tf.Tensor4D): tf.Tensor2D {
  const [B, H, T, D] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [B * T, H * D]);
}

function drop(weights: tf.Tensor, attributes: Attributes): tf.Tensor4D {
  const dropout = dropoutOf(attributes);
  const kept =
    dropout.rate === 0 ? weights : tf.mul(weights, dropoutFactors(weights.shape, dropout));
  return kept as tf.Tensor4D; // [B, H, T, T]
}

/** Whether query t may see key s, `[1 or B, 1, T, T]`. */
function visibleKeys(T: number, prefixLengths?: tf.Tensor1D): tf.Tensor4D {
  const key = tf.reshape(tf.range(0, T), [1, 1, 1, T]);
  const query = tf.reshape(tf.range(0, T), [1, 1, T, 1]);
  const past: tf.Tensor4D = tf.lessEqual(key, query);
  if (prefixLengths === undefined) return past;
  const lengths = tf.reshape(tf.cast(prefixLengths, 'float32'), [-1, 1, 1, 1]);
  return tf.logicalOr(past, tf.less(key, lengths));
}
