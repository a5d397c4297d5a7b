import * as tf from '@tensorflow/tfjs-core';

import { type Attributes, defineOp, type Inputs } from '../../ops/define-op.js';
import { type Dropout, NO_DROPOUT } from '../../ops/dropout.js';
import { relativeGradients, relativeScores } from './attention-distances.js';
import { dropWeights, mergeHeads, splitColumns, splitHeads } from './attention-heads.js';
import type { AttentionSteps } from './masked-attention.js';

/** Learned parameters of a Transformer-XL layer in addition to queries, keys and values. */
export interface DistanceParams {
  /** Projection of a distance's sinusoids to its vector, W_r: `[C, C]`. */
  readonly weight: tf.Tensor2D;
  /** Bias of the queries in products with keys, u: `[C]`. */
  readonly contentBias: tf.Tensor1D;
  /** Bias of the queries in products with distances, v: `[C]`. */
  readonly distanceBias: tf.Tensor1D;
}

/**
 * Numbers of sequences, heads and new positions of a segment. The width of a head and the length of the memory
 * follow from the tensors.
 */
export interface RecurrentShape {
  /** Number of sequences, B. */
  readonly batch: number;
  /** Number of heads, H. */
  readonly nHead: number;
  /** Number of positions of the segment, T. The positions before them are the memory. */
  readonly queries: number;
}

/**
 * Causal attention of a segment to itself and to the remembered positions of earlier segments,
 * `softmax(((q + u) k^T + (q + v) r^T) / sqrt(D)) v`, with r the vector of the distance of query and key.
 *
 * @param qkv - `[B * S, 3C]`: for each sequence the remembered positions, then the segment's.
 * @returns the weighted values of each position of the segment, with heads as columns, `[B * T, C]`.
 * @see Dai et al. 2019, section 3.3, https://arxiv.org/abs/1901.02860
 */
export function recurrentAttention(
  qkv: tf.Tensor2D,
  shape: RecurrentShape,
  params: DistanceParams,
  dropout: Dropout = NO_DROPOUT,
): tf.Tensor2D {
  return run({ qkv, ...params }, { ...shape, ...dropout })[0] as tf.Tensor2D; // [B * T, C] by construction
}

/** Returns the intermediate results of recurrent attention, for inspection. */
export function recurrentAttentionSteps(
  qkv: tf.Tensor2D,
  shape: RecurrentShape,
  params: DistanceParams,
): AttentionSteps {
  return stepsOf({ qkv, ...params }, { ...shape, ...NO_DROPOUT });
}

/**
 * Kernel `RecurrentAttention`: `{ qkv [B * S, 3C], weight [C, C], contentBias [C], distanceBias [C] }`,
 * `{ batch, nHead, queries: T, …Dropout }` to `[read [B * T, C], …residuals]`. Kernel
 * `RecurrentAttentionGrad` returns the gradients of all inputs.
 */
const run = defineOp({
  name: 'RecurrentAttention',
  savedInputs: ['qkv', 'weight', 'contentBias', 'distanceBias'],
  differentiable: ['qkv', 'weight', 'contentBias', 'distanceBias'],
  resultShape: ({ weight }, { batch, queries }) => [
    (batch as number) * (queries as number), // recurrentAttention() put numbers there
    weight[0],
  ],
  forward: (inputs, attributes) => {
    const { merged, weights } = stepsOf(inputs, attributes);
    return [merged, weights];
  },
  backward: gradientsOf,
});

function stepsOf(inputs: Inputs, attributes: Attributes): AttentionSteps {
  const { look, byContent, byDistance, key, value, table } = operandsOf(inputs, attributes);
  const [, , T, D] = look.shape;
  const S = key.shape[2];
  const alike: tf.Tensor4D = tf.matMul(byContent, key, false, true);
  const summed: tf.Tensor4D = tf.add(alike, relativeScores(byDistance, table, S));
  const scores: tf.Tensor4D = tf.mul(summed, 1 / Math.sqrt(D));
  const masked: tf.Tensor4D = tf.add(scores, causalMask(T, S));
  const weights = tf.softmax(masked);
  const mixed: tf.Tensor4D = tf.matMul(dropWeights(weights, attributes), value);
  return { query: look, key, value, scores, masked, weights, mixed, merged: mergeHeads(mixed) };
}

function gradientsOf(
  { dy, residual0: weights, ...inputs }: Inputs,
  attributes: Attributes,
): tf.Tensor[] {
  const operands = operandsOf(inputs, attributes);
  const { look, byContent, byDistance, key, value, table } = operands;
  const [B, H, T, D] = look.shape;
  const S = key.shape[2];
  const dRead = splitColumns(dy, 0, attributes); // [B, H, T, D]
  const dValue: tf.Tensor4D = tf.matMul(dropWeights(weights, attributes), dRead, true, false);
  const dWeights = dropWeights(tf.matMul(dRead, value, false, true), attributes);
  const mean = tf.sum(tf.mul(dWeights, weights), 3, true);
  const scaled = tf.mul(tf.sub(dWeights, mean), 1 / Math.sqrt(D));
  const dScores: tf.Tensor4D = tf.mul(weights, scaled); // [B, H, T, S]
  const dContent: tf.Tensor4D = tf.matMul(dScores, key); // [B, H, T, D]
  const dKey: tf.Tensor4D = tf.matMul(dScores, byContent, true, false); // [B, H, S, D]
  const { dq: dDistance, dDistances } = relativeGradients(dScores, byDistance, table);
  const remembered = tf.zeros<tf.Rank.R4>([B, H, S - T, D]); // remembered positions have no queries
  const dQuery = tf.concat([remembered, tf.add<tf.Tensor4D>(dContent, dDistance)], 2);
  const byRow = tf.transpose(tf.reshape(dDistances, [H, S, D]), [1, 0, 2]);
  const dVectors = tf.reshape(byRow, [S, H * D]);
  return [
    tf.concat([dQuery, dKey, dValue].map(mergeHeads), 1),
    tf.matMul(sinusoids(S, H * D), dVectors, true, false),
    tf.sum(mergeHeads(dContent), 0),
    tf.sum(mergeHeads(dDistance), 0),
  ];
}

/** Returns the mask to add to the scores, `[T, S]`: `-Infinity` for keys after the query, else 0. */
function causalMask(T: number, S: number): tf.Tensor2D {
  const mask = new Float32Array(T * S);
  for (let t = 0; t < T; t++) mask.fill(-Infinity, t * S + S - T + t + 1, (t + 1) * S);
  return tf.tensor2d(mask, [T, S]);
}

/** Tensors from which the attention scores of a segment are computed. */
interface Operands {
  /** Queries of the segment, `[B, H, T, D]`. */
  readonly look: tf.Tensor4D;
  /** Queries with the content bias added, for products with keys. */
  readonly byContent: tf.Tensor4D;
  readonly byDistance: tf.Tensor4D;
  /** Keys of the memory and the segment, `[B, H, S, D]`. */
  readonly key: tf.Tensor4D;
  readonly value: tf.Tensor4D;
  /** Vectors of distances S - 1 to 0 of each head, `[H * S, D]`. */
  readonly table: tf.Tensor2D;
}

function operandsOf(
  { qkv, weight, contentBias, distanceBias }: Inputs,
  attributes: Attributes,
): Operands {
  const [query, key, value] = splitHeads(qkv, attributes);
  const [B, H, S, D] = query.shape;
  const T = attributes.queries as number; // recurrentAttention() put a number there
  const look = tf.slice(query, [0, 0, S - T, 0], [B, H, T, D]);
  const byHead = (bias: tf.Tensor): tf.Tensor4D => tf.reshape(bias, [1, H, 1, D]);
  const vectors = tf.reshape(tf.matMul(sinusoids(S, H * D), weight), [S, H, D]);
  return {
    look,
    byContent: tf.add(look, byHead(contentBias)),
    byDistance: tf.add(look, byHead(distanceBias)),
    key,
    value,
    table: tf.reshape(tf.transpose(vectors, [1, 0, 2]), [H * S, D]),
  };
}

/**
 * Returns the sinusoids of distances, sines before cosines: `sin(d f_n)`, `cos(d f_n)` with `f_n = 10000^(-2n/C)`.
 * Tensor2tensor and Transformer-XL also have this order, not alternating columns.
 *
 * @param width - C, even.
 * @returns `[rows, C]`; the first row is the farthest distance and the last row is distance 0.
 * @see Vaswani et al. 2017, section 3.5, https://arxiv.org/abs/1706.03762
 */
export function sinusoids(rows: number, width: number): tf.Tensor2D {
  return tf.tensor2d(sinusoidRows(rows, width), [rows, width]);
}

let made = { rows: 0, width: 0, values: new Float32Array() };

/**
 * Returns sinusoids as numbers. They are cached until another size is requested, because every layer requests
 * the same one.
 */
export function sinusoidRows(rows: number, width: number): Float32Array {
  if (made.rows === rows && made.width === width) return made.values;
  const values = new Float32Array(rows * width);
  const half = width / 2;
  for (let row = 0; row < rows; row++) {
    for (let n = 0; n < half; n++) {
      const angle = (rows - 1 - row) * 10_000 ** ((-2 * n) / width);
      values[row * width + n] = Math.sin(angle);
      values[row * width + half + n] = Math.cos(angle);
    }
  }
  made = { rows, width, values };
  return values;
}
