import * as tf from '@tensorflow/tfjs-core';

import { defineOp, type Attributes, type Inputs } from './define-op.js';
import { dropoutFactors, dropoutOf, NO_DROPOUT, type Dropout } from './dropout.js';
import type { Visibility } from './visibility.js';

export interface AttentionShape {
  /** Sequences, B. */
  readonly batch: number;
  /** Heads, H. */
  readonly nHead: number;
  /**
   * Positions of each sequence, `[B]`; those behind are padding, which reads nothing and is read by
   * nobody. All of them unless given.
   */
  readonly lengths?: Int32Array;
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
  { batch, nHead, lengths }: AttentionShape,
  visibility: Visibility,
  dropout: Dropout = NO_DROPOUT,
): tf.Tensor2D {
  const isPadded = lengths !== undefined;
  const attributes = { batch, nHead, visibility: visibility.kind, isPadded, ...dropout };
  const inputs = (): Inputs => inputsOf(qkv, visibility, lengths);
  const read = (): tf.Tensor2D => run(inputs(), attributes)[0] as tf.Tensor2D; // [B * T, C] by construction
  return visibility.kind === 'causal' && !isPadded ? read() : tf.tidy(read);
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
  { batch, nHead, lengths }: AttentionShape,
  visibility: Visibility,
): AttentionSteps {
  return stepsOf(inputsOf(qkv, visibility, lengths), { batch, nHead, ...NO_DROPOUT });
}

function inputsOf(qkv: tf.Tensor2D, visibility: Visibility, lengths?: Int32Array): Inputs {
  const inputs: Record<string, tf.Tensor> = { qkv };
  if (visibility.kind === 'prefix') {
    inputs.prefixLengths = tf.tensor1d(visibility.lengths, 'int32');
  }
  if (lengths) inputs.lengths = tf.tensor1d(lengths, 'int32');
  return inputs;
}

/**
 * Kernel `Attention`: `{ qkv [B * T, 3C], prefixLengths? int32 [B], lengths? int32 [B] }`, `{ batch,
 * nHead, visibility: 'causal' | 'prefix', isPadded, …Dropout }` to `[read [B * T, C], …residuals]`;
 * what padding read is zero. Kernel `AttentionGrad` returns the gradient of qkv, zero there too.
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

function stepsOf({ qkv, ...given }: Inputs, attributes: Attributes): AttentionSteps {
  const [query, key, value] = splitHeads(qkv, attributes);
  const [, , T, D] = query.shape;
  const scores: tf.Tensor4D = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(D));
  const { prefixLengths, lengths } = given as Partial<typeof given>; // absent when all are 0, or T
  const seen = visibleKeys(T, prefixLengths, lengths);
  const masked: tf.Tensor4D = tf.where(seen, scores, -Infinity);
  const all = tf.softmax(masked);
  const weights: tf.Tensor4D = lengths ? tf.where(isPosition(T, lengths, 'query'), all, 0) : all;
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
function visibleKeys(T: number, prefixLengths?: tf.Tensor, lengths?: tf.Tensor): tf.Tensor4D {
  const key = tf.reshape(tf.range(0, T), [1, 1, 1, T]);
  const query = tf.reshape(tf.range(0, T), [1, 1, T, 1]);
  const past: tf.Tensor4D = tf.lessEqual(key, query);
  const seen: tf.Tensor4D = prefixLengths
    ? tf.logicalOr(past, tf.less(key, byBatch(prefixLengths)))
    : past;
  return lengths ? tf.logicalAnd(seen, isPosition(T, lengths, 'key')) : seen;
}

/** Whether a query or a key is no padding, `[B, 1, T, 1]` or `[B, 1, 1, T]`. */
function isPosition(T: number, lengths: tf.Tensor, of: 'query' | 'key'): tf.Tensor4D {
  const places = tf.range(0, T);
  const shape: [number, number, number, number] = of === 'key' ? [1, 1, 1, T] : [1, 1, T, 1];
  return tf.less(tf.reshape(places, shape), byBatch(lengths));
}

/** Numbers a sequence, `[B, 1, 1, 1]`. */
function byBatch(numbers: tf.Tensor): tf.Tensor4D {
  return tf.reshape(tf.cast(numbers, 'float32'), [-1, 1, 1, 1]);
}
