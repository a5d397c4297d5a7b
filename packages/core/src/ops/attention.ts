import * as tf from '@tensorflow/tfjs-core';

import type { LocalVisibility } from '../config/layer-attention.js';
import { relativeGradients, relativeScores } from './attention-distances.js';
import {
  byBatch,
  dropWeights,
  isPosition,
  mergeHeads,
  splitColumns,
  splitHeads,
} from './attention-heads.js';
import { defineOp, type Attributes, type Inputs } from './define-op.js';
import { NO_DROPOUT, type Dropout } from './dropout.js';
import { firstSeen, type Visibility } from './visibility.js';

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

export interface AttentionOptions {
  /**
   * Learned vectors of distances, `[H * M, D]`, a head's M rows together: row `M - 1 - d` of a head is
   * added to keys d positions back; those farther back than the table goes get nothing. Not with a
   * prefix.
   */
  readonly distances?: tf.Tensor2D;
  /** Applied to the weights after the softmax. */
  readonly dropout?: Dropout;
}

/**
 * Multi-head self-attention within each sequence, `softmax(q k^T / sqrt(D)) v`, before the output
 * projection; with distances, `softmax(q (k + e)^T / sqrt(D)) v`.
 *
 * @param qkv - Queries, keys and values side by side, `[B * T, 3C]`; head h of each takes the
 *   columns `[h * D, (h + 1) * D)`.
 * @returns What each position read, heads side by side, `[B * T, C]`.
 * @see Vaswani et al. 2017, section 3.2, https://arxiv.org/abs/1706.03762
 * @see Huang et al. 2018, section 3.4, https://arxiv.org/abs/1809.04281
 */
export function attention(
  qkv: tf.Tensor2D,
  shape: AttentionShape,
  visibility: Visibility,
  { distances, dropout = NO_DROPOUT }: AttentionOptions = {},
): tf.Tensor2D {
  const attributes = attributesOf(shape, visibility, dropout);
  const run = distances ? runRelative : runPlain;
  const inputs = (): Inputs => inputsOf(qkv, shape, visibility, distances);
  const read = (): tf.Tensor2D => run(inputs(), attributes)[0] as tf.Tensor2D; // [B * T, C] by construction
  return visibility.kind === 'prefix' || shape.lengths ? tf.tidy(read) : read();
}

/** What attention computes on its way, in order. */
export interface AttentionSteps {
  /** Heads split, `[B, H, T, D]`. */
  readonly query: tf.Tensor4D;
  readonly key: tf.Tensor4D;
  readonly value: tf.Tensor4D;
  /** `q k^T / sqrt(D)`, distances included, `[B, H, T, T]`: a row for each position that looks. */
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
  distances?: tf.Tensor2D,
): AttentionSteps {
  const inputs = inputsOf(qkv, shape, visibility, distances);
  return stepsOf(inputs, attributesOf(shape, visibility, NO_DROPOUT));
}

function inputsOf(
  qkv: tf.Tensor2D,
  { lengths }: AttentionShape,
  visibility: Visibility,
  distances?: tf.Tensor2D,
): Inputs {
  const inputs: Record<string, tf.Tensor> = { qkv };
  if (distances) inputs.distances = distances;
  if (visibility.kind === 'prefix') {
    inputs.prefixLengths = tf.tensor1d(visibility.lengths, 'int32');
  }
  if (lengths) inputs.lengths = tf.tensor1d(lengths, 'int32');
  return inputs;
}

function attributesOf(
  { batch, nHead, lengths }: AttentionShape,
  visibility: Visibility,
  dropout: Dropout,
): Attributes {
  const { kind } = visibility;
  const local = kind === 'local' ? visibility : { blockLength: 0, blocksBack: 0 };
  const { blockLength, blocksBack } = local;
  const isPadded = lengths !== undefined;
  return { batch, nHead, visibility: kind, blockLength, blocksBack, isPadded, ...dropout };
}

/**
 * Kernel `Attention`: `{ qkv [B * T, 3C], prefixLengths? int32 [B], lengths? int32 [B] }`, `{ batch,
 * nHead, visibility: 'causal' | 'prefix' | 'local', blockLength, blocksBack, isPadded, …Dropout }` to
 * `[read [B * T, C], …residuals]`; what padding read is zero. Kernel `AttentionGrad` returns the
 * gradient of qkv, zero there too.
 */
const runPlain = defineOp({
  name: 'Attention',
  savedInputs: ['qkv'],
  differentiable: ['qkv'],
  forward: readAndWeights,
  backward: gradientsOf,
});

/**
 * Kernel `RelativeAttention`: the same with `distances [H * M, D]` among the inputs and no prefix.
 * Kernel `RelativeAttentionGrad` returns the gradients of qkv and of the distances.
 */
const runRelative = defineOp({
  name: 'RelativeAttention',
  savedInputs: ['qkv', 'distances'],
  differentiable: ['qkv', 'distances'],
  forward: readAndWeights,
  backward: gradientsOf,
});

function readAndWeights(inputs: Inputs, attributes: Attributes): tf.Tensor[] {
  const { merged, weights } = stepsOf(inputs, attributes);
  return [merged, weights];
}

function gradientsOf(
  { dy, qkv, residual0: weights, ...given }: Inputs,
  attributes: Attributes,
): tf.Tensor[] {
  const { distances } = given as Partial<typeof given>; // of relative attention
  const [q, k, v] = splitHeads(qkv, attributes);
  const scale = 1 / Math.sqrt(q.shape[3]);
  const dRead = splitColumns(dy, 0, attributes);
  const dv: tf.Tensor4D = tf.matMul(dropWeights(weights, attributes), dRead, true, false);
  const dWeights = dropWeights(tf.matMul(dRead, v, false, true), attributes);
  const mean = tf.sum(tf.mul(dWeights, weights), 3, true);
  const dScores: tf.Tensor4D = tf.mul(tf.mul(weights, tf.sub(dWeights, mean)), scale);
  const dq: tf.Tensor4D = tf.matMul(dScores, k);
  const dk: tf.Tensor4D = tf.matMul(dScores, q, true, false);
  if (!distances) return [tf.concat([dq, dk, dv].map(mergeHeads), 1)];
  const relative = relativeGradients(dScores, q, distances as tf.Tensor2D); // [H * M, D]
  const dAllQ: tf.Tensor4D = tf.add(dq, relative.dq);
  return [tf.concat([dAllQ, dk, dv].map(mergeHeads), 1), relative.dDistances];
}

function stepsOf({ qkv, ...given }: Inputs, attributes: Attributes): AttentionSteps {
  const { distances, prefixLengths, lengths } = given as Partial<typeof given>; // not all of them
  const [query, key, value] = splitHeads(qkv, attributes);
  const [, , T, D] = query.shape;
  const alike: tf.Tensor4D = tf.matMul(query, key, false, true);
  const summed: tf.Tensor4D = distances
    ? tf.add(alike, relativeScores(query, distances as tf.Tensor2D)) // [H * M, D]
    : alike;
  const scores: tf.Tensor4D = tf.mul(summed, 1 / Math.sqrt(D));
  const seen = visibleKeys(T, attributes, prefixLengths, lengths);
  const masked: tf.Tensor4D = tf.where(seen, scores, -Infinity);
  const all = tf.softmax(masked);
  const weights: tf.Tensor4D = lengths ? tf.where(isPosition(T, lengths, 'query'), all, 0) : all;
  const mixed: tf.Tensor4D = tf.matMul(dropWeights(weights, attributes), value);
  return { query, key, value, scores, masked, weights, mixed, merged: mergeHeads(mixed) };
}

/** Whether query t may see key s, `[1 or B, 1, T, T]`. */
function visibleKeys(
  T: number,
  { visibility, blockLength, blocksBack }: Attributes,
  prefixLengths?: tf.Tensor,
  lengths?: tf.Tensor,
): tf.Tensor4D {
  const key = tf.reshape(tf.range(0, T), [1, 1, 1, T]);
  const query = tf.reshape(tf.range(0, T), [1, 1, T, 1]);
  let seen: tf.Tensor4D = tf.lessEqual(key, query);
  if (prefixLengths) seen = tf.logicalOr(seen, tf.less(key, byBatch(prefixLengths)));
  if (visibility === 'local') {
    const local = { kind: 'local', blockLength, blocksBack } as LocalVisibility; // of attributesOf
    const first = Array.from({ length: T }, (_, t) => firstSeen(local, t));
    seen = tf.logicalAnd(seen, tf.greaterEqual(key, tf.tensor4d(first, [1, 1, T, 1])));
  }
  return lengths ? tf.logicalAnd(seen, isPosition(T, lengths, 'key')) : seen;
}
