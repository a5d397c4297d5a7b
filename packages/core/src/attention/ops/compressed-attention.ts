import * as tf from '@tensorflow/tfjs-core';

import { type Attributes, defineOp, type Inputs } from '../../ops/define-op.js';
import { type Dropout, NO_DROPOUT } from '../../ops/dropout.js';
import { dropWeights, isPosition, mergeHeads, splitColumns } from './attention-heads.js';
import type { AttentionShape, AttentionSteps } from './masked-attention.js';

/** Keys and values of groups of positions, in order; each sequence has G = `ceil(T / K)` groups. */
export interface CompressedMemory {
  /** Number of positions in a group, K. */
  readonly groupLength: number;
  /** The keys, `[B * G, C]`; or `[B * G, 3C]`, laid out as qkv, if the values are the same tensor. */
  readonly keys: tf.Tensor2D;
  readonly values: tf.Tensor2D;
}

/**
 * Multi-head attention of every position to the first one and to all groups that end before it: position t sees group
 * g of K positions if `(g + 1) * K <= t`. The first position is included so that every position sees at least one key.
 *
 * @param qkv - Queries, keys and values as columns, `[B * T, 3C]`. Only the keys and values of the first position are
 *   used.
 * @returns the weighted values of each position, with heads as columns, `[B * T, C]`.
 * @see Liu et al. 2018, section 4.2.4, https://arxiv.org/abs/1801.10198; tensor2tensor's
 * `multihead_self_attention_reduced` for the first position and for the visible groups
 */
export function compressedAttention(
  qkv: tf.Tensor2D,
  memory: CompressedMemory,
  shape: AttentionShape,
  dropout: Dropout = NO_DROPOUT,
): tf.Tensor2D {
  const read = (): tf.Tensor2D =>
    run(inputsOf(qkv, memory, shape), attributesOf(memory, shape, dropout))[0] as tf.Tensor2D; // [B * T, C] by construction
  return shape.lengths ? tf.tidy(read) : read();
}

/**
 * Returns the intermediate results of compressed attention, for inspection. Keys are the first position and the
 * groups.
 */
export function compressedSteps(
  qkv: tf.Tensor2D,
  memory: CompressedMemory,
  shape: AttentionShape,
): AttentionSteps {
  return stepsOf(inputsOf(qkv, memory, shape), attributesOf(memory, shape, NO_DROPOUT));
}

function inputsOf(
  qkv: tf.Tensor2D,
  { keys, values }: CompressedMemory,
  { lengths }: AttentionShape,
): Inputs {
  return { qkv, keys, values, ...(lengths && { lengths: tf.tensor1d(lengths, 'int32') }) };
}

function attributesOf(
  { groupLength }: CompressedMemory,
  { batch, nHead, lengths }: AttentionShape,
  dropout: Dropout,
): Attributes {
  return { batch, nHead, groupLength, isPadded: lengths !== undefined, ...dropout };
}

/**
 * Kernel `CompressedAttention`: `{ qkv [B * T, 3C], keys, values, lengths? int32 [B] }`,
 * `{ batch, nHead, groupLength, isPadded, …Dropout }` to `[read [B * T, C], …residuals]`. Rows of padding are zero.
 * Dropout applies to weights `[B, H, T, 1 + G]`. Kernel `CompressedAttentionGrad` returns the gradients of qkv, keys
 * and values.
 */
const run = defineOp({
  name: 'CompressedAttention',
  savedInputs: ['qkv', 'keys', 'values'],
  differentiable: ['qkv', 'keys', 'values'],
  resultShape: ({ qkv: [rows, columns] }) => [rows, columns / 3],
  forward: (inputs, attributes) => {
    const { merged, weights } = stepsOf(inputs, attributes);
    return [merged, weights];
  },
  backward: ({ dy, qkv, keys, values, residual0: weights }, attributes) => {
    const { query, key, value, C } = operandsOf(qkv, keys, values, attributes);
    const T = query.shape[2];
    const dRead = splitColumns(dy, 0, attributes);
    const dValue: tf.Tensor4D = tf.matMul(dropWeights(weights, attributes), dRead, true, false);
    const dWeights = dropWeights(tf.matMul(dRead, value, false, true), attributes);
    const mean = tf.sum(tf.mul(dWeights, weights), 3, true);
    const scale = 1 / Math.sqrt(query.shape[3]);
    const dScores: tf.Tensor4D = tf.mul(tf.mul(weights, tf.sub(dWeights, mean)), scale);
    const dQuery: tf.Tensor4D = tf.matMul(dScores, key);
    const dKey: tf.Tensor4D = tf.matMul(dScores, query, true, false);
    const parts = [dQuery, firstOf(dKey, T), firstOf(dValue, T)].map(mergeHeads);
    const dMemory = [dKey, dValue].map((gradient, i) => {
      const rows = mergeHeads(behindFirst(gradient));
      const before = startOf(i === 0 ? 'keys' : 'values', keys, C);
      return tf.pad(rows, [
        [0, 0],
        [before, (keys.shape[1] ?? 0) - before - C],
      ]);
    });
    return [tf.concat(parts, 1), ...dMemory];
  },
});

function stepsOf({ qkv, keys, values, ...given }: Inputs, attributes: Attributes): AttentionSteps {
  const { lengths } = given as Partial<typeof given>;
  const { query, key, value } = operandsOf(qkv, keys, values, attributes);
  const [, , T, D] = query.shape;
  const alike: tf.Tensor4D = tf.matMul(query, key, false, true);
  const scores: tf.Tensor4D = tf.mul(alike, 1 / Math.sqrt(D));
  const ends = tf.mul(tf.range(0, key.shape[2]), attributes.groupLength as number); // as described
  const seen = tf.lessEqual(tf.reshape(ends, [1, -1]), tf.reshape(tf.range(0, T), [-1, 1]));
  const masked: tf.Tensor4D = tf.where(seen, scores, -Infinity);
  const all: tf.Tensor4D = tf.softmax(masked);
  const weights: tf.Tensor4D = lengths ? tf.where(isPosition(T, lengths, 'query'), all, 0) : all;
  const mixed: tf.Tensor4D = tf.matMul(dropWeights(weights, attributes), value);
  return { query, key, value, scores, masked, weights, mixed, merged: mergeHeads(mixed) };
}

/**
 * Splits the inputs into queries `[B, H, T, D]`, and keys and values `[B, H, 1 + G, D]` with the first
 * position in front.
 */
function operandsOf(
  qkv: tf.Tensor,
  keys: tf.Tensor,
  values: tf.Tensor,
  attributes: Attributes,
): Pick<AttentionSteps, 'query' | 'key' | 'value'> & { readonly C: number } {
  const C = (qkv.shape[1] ?? 0) / 3;
  const [query, ownKeys, ownValues] = [0, C, 2 * C].map((start) =>
    splitColumns(qkv, start, attributes, C),
  );
  const withFirst = (own: tf.Tensor4D, memory: tf.Tensor, of: 'keys' | 'values'): tf.Tensor4D => {
    const groups = splitColumns(memory, startOf(of, memory, C), attributes, C);
    const [B, H, , D] = own.shape;
    return tf.concat([tf.slice(own, [0, 0, 0, 0], [B, H, 1, D]), groups], 2);
  };
  const [key, value] = [withFirst(ownKeys, keys, 'keys'), withFirst(ownValues, values, 'values')];
  return { query, key, value, C };
}

/** Returns the index of the first column of the groups' keys or values in the tensor `memory`. */
function startOf(of: 'keys' | 'values', memory: tf.Tensor, C: number): number {
  if (memory.shape[1] === C) return 0;
  return of === 'keys' ? C : 2 * C;
}

/** Extends the gradient of the first position to T positions; all other positions get zeros. */
function firstOf(gradient: tf.Tensor4D, T: number): tf.Tensor4D {
  const [B, H, , D] = gradient.shape;
  return tf.pad(tf.slice(gradient, [0, 0, 0, 0], [B, H, 1, D]), [
    [0, 0],
    [0, 0],
    [0, T - 1],
    [0, 0],
  ]);
}

function behindFirst(gradient: tf.Tensor4D): tf.Tensor4D {
  const [B, H, S, D] = gradient.shape;
  return tf.slice(gradient, [0, 0, 1, 0], [B, H, S - 1, D]);
}

/** A grouping of rows: columns of K consecutive rows of a sequence are joined into one row. */
export interface RowGroups {
  /** Number of sequences, B. */
  readonly batch: number;
  /** Number of positions in a group, K. */
  readonly groupLength: number;
  /** Range of the columns that are taken: `[firstColumn, firstColumn + width)`. */
  readonly firstColumn: number;
  readonly width: number;
}

/**
 * Joins every K consecutive positions of a sequence in one row: the rows that a convolution with stride and
 * kernel size K multiplies by its kernel. The last group of a sequence is padded with zeros.
 *
 * @param x - `[B * T, W]`.
 * @returns `[B * ceil(T / K), K * width]`.
 */
export function groupRows(x: tf.Tensor2D, groups: RowGroups): tf.Tensor2D {
  const [rows, columns] = x.shape;
  const attributes = { ...groups, length: rows / groups.batch, columns };
  return runGroupRows({ x }, attributes)[0] as tf.Tensor2D; // by construction
}

/** Attributes of the kernel `GroupRows`. */
export interface GroupAttributes extends RowGroups {
  /** Number of positions of a sequence, T. */
  readonly length: number;
  /** Number of columns of x (W in its shape). */
  readonly columns: number;
}

/**
 * Kernel `GroupRows`: `{ x }` and the fields of `GroupAttributes` to `[y]`. Kernel `GroupRowsGrad` returns the
 * gradient of x: zero in the columns that were not taken.
 */
const runGroupRows = defineOp({
  name: 'GroupRows',
  savedInputs: [],
  differentiable: ['x'],
  resultShape: (_, attributes) => {
    const { batch, groupLength, width, length } = sizesOf(attributes);
    return [batch * Math.ceil(length / groupLength), groupLength * width];
  },
  forward: ({ x }, attributes) => {
    const { batch, groupLength, firstColumn, width, length } = sizesOf(attributes);
    const groups = Math.ceil(length / groupLength);
    const taken = tf.slice(x, [0, firstColumn], [batch * length, width]);
    const padded = tf.pad(tf.reshape(taken, [batch, length, width]), [
      [0, 0],
      [0, groups * groupLength - length],
      [0, 0],
    ]);
    return [tf.reshape(padded, [batch * groups, groupLength * width])];
  },
  backward: ({ dy }, attributes) => {
    const { batch, groupLength, firstColumn, width, length, columns } = sizesOf(attributes);
    const groups = Math.ceil(length / groupLength);
    const byPosition = tf.reshape(dy, [batch, groups * groupLength, width]);
    const dTaken = tf.slice(byPosition, [0, 0, 0], [batch, length, width]);
    const around: [number, number] = [firstColumn, columns - firstColumn - width];
    return [tf.pad(tf.reshape(dTaken, [batch * length, width]), [[0, 0], around])];
  },
});

function sizesOf(attributes: object): GroupAttributes {
  return attributes as GroupAttributes; // groupRows put them there
}
