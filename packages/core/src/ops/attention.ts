import * as tf from '@tensorflow/tfjs-core';

import { defineOp, type Attributes, type Inputs } from './define-op.js';
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
  const read = (): tf.Tensor2D => run(inputsOf(qkv, visibility), attributes)[0] as tf.Tensor2D; // [B * T, C] by construction
  return visibility.kind === 'causal' ? read() : tf.tidy(read);
}

/** What attention computes on its way, in order. */
export interface AttentionSteps {
  /** Heads split, `[B, H, T, D]`. */
  readonly query: tf.Tensor4D;
  readonly key: tf.Tensor4D;
  readonly value: tf.Tensor4D;
  /** `q k^T / sqrt(D)`, `[B, H, T, T]`: a row for each position that looks. */
  readonly scores: tf.Tensor4D;
  /** The same, `-Infinity` where a position may not look. */
  readonly masked: tf.Tensor4D;
  /** Their softmax: each row sums to 1. */
  readonly weights: tf.Tensor4D;
  /** The values of what each position looks at, weighted and summed, `[B, H, T, D]`. */
  readonly mixed: tf.Tensor4D;
  /** Heads side by side again, `[B * T, C]`: what `attention` returns. */
  readonly merged: tf.Tensor2D;
}

/** The steps of the composed form, to look at: on every engine, and for no gradient. */
export function attentionSteps(
  qkv: tf.Tensor2D,
  shape: AttentionShape,
  visibility: Visibility,
): AttentionSteps {
  return stepsOf(inputsOf(qkv, visibility), { ...shape, ...NO_DROPOUT });
}

function inputsOf(qkv: tf.Tensor2D, visibility: Visibility): Inputs {
  if (visibility.kind === 'causal') return { qkv };
  return { qkv, prefixLengths: tf.tensor1d(visibility.lengths, 'int32') };
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
  forward: (inputs, attributes) => {
    const { merged, weights } = stepsOf(inputs, attributes);
    return [merged, weights];
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

function stepsOf({ qkv, prefixLengths }: Inputs, attributes: Attributes): AttentionSteps {
  const [query, key, value] = splitHeads(qkv, attributes);
  const [, , T, D] = query.shape;
  const scores: tf.Tensor4D = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(D));
  const seen = visibleKeys(T, prefixLengths as tf.Tensor1D | undefined); // absent when causal
  const masked: tf.Tensor4D = tf.where(seen, scores, -Infinity);
  const weights = tf.softmax(masked);
  const mixed: tf.Tensor4D = tf.matMul(drop(weights, attributes), value);
  return { query, key, value, scores, masked, weights, mixed, merged: mergeHeads(mixed) };
}

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
