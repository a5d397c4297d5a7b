import * as tf from '@tensorflow/tfjs-core';

import { type Attributes, defineOp, type Inputs } from '../../ops/define-op.js';
import { type Dropout, NO_DROPOUT } from '../../ops/dropout.js';
import { describedMask, type AttentionMask } from '../attention-mask.js';
import {
  byBatch,
  dropWeights,
  isPosition,
  mergeHeads,
  repeatHeads,
  splitColumns,
  splitHeads,
  sumHeads,
} from './attention-heads.js';

/** The heads of attention, and the scale and bound of their scores. */
export interface HeadShape {
  /** Number of heads of queries, H. */
  readonly nHead: number;
  /** Number of heads of keys and values, K. H / K consecutive query heads share each of them. H by default. */
  readonly nKvHead?: number;
  /** Scale of the attention scores; `1 / sqrt(D)` by default. */
  readonly scale?: number;
  /** Bound of the scores (soft capping by tanh); none by default. */
  readonly cap?: number;
}

/** The shape of a batch in attention: sequences, positions and heads. */
export interface AttentionShape extends HeadShape {
  /** Number of sequences, B. */
  readonly batch: number;
  /**
   * Number of positions of each sequence, `[B]`; all positions by default. Positions after them are padding:
   * they neither attend nor are attended to.
   */
  readonly lengths?: Int32Array;
  /** Length of each sequence's prefix, `[B]`, if the mask has a prefix; 0 by default. */
  readonly prefixLengths?: Int32Array;
}

/** Intermediate results of attention, in order. */
export interface AttentionSteps {
  /** Queries by head, `[B, H, T, D]`. */
  readonly query: tf.Tensor4D;
  readonly key: tf.Tensor4D;
  readonly value: tf.Tensor4D;
  /** Scores: `q k^T` plus the score term, scaled and capped, `[B, H, T, S]` for S keys: a row for each query. */
  readonly scores: tf.Tensor4D;
  /** The scores, with `-Infinity` for keys that the mask hides. */
  readonly masked: tf.Tensor4D;
  /** The softmax of the masked scores: each row sums to 1. */
  readonly weights: tf.Tensor4D;
  /** The weighted sum of the values for each position, `[B, H, T, D]`. */
  readonly mixed: tf.Tensor4D;
  /** The result of attention: heads as columns again, `[B * T, H D]`. */
  readonly merged: tf.Tensor2D;
}

/** A term that an attention op adds to the scores before they are scaled. */
export interface ScoreTermOp {
  /** Names of the learned inputs. */
  readonly inputs: readonly string[];
  /** Returns the term, `[B, H, T, T]`. Entries for keys after the query must be removed by a causal mask. */
  scores(query: tf.Tensor4D, inputs: Inputs): tf.Tensor4D;
  /**
   * Returns the gradients of the query, if the term depends on it, and of the learned inputs, in the order of
   * `inputs`.
   *
   * @param dScores - Gradient of the scores, `[B, H, T, T]`.
   */
  gradients(
    dScores: tf.Tensor4D,
    query: tf.Tensor4D,
    inputs: Inputs,
  ): { readonly dQuery?: tf.Tensor4D; readonly dInputs: readonly tf.Tensor[] };
}

/** An op of masked attention; see `defineMaskedAttention`. */
export interface MaskedAttentionOp {
  /**
   * Multi-head self-attention within each sequence, before the output projection.
   *
   * @param qkv - Queries, keys and values as columns, `[B * T, (H + 2K) D]`; head h of each takes the columns
   *   `[h * D, (h + 1) * D)`.
   * @param learned - The inputs of the op's term, by name.
   * @param dropout - Applied to the weights after the softmax.
   * @returns the weighted values of each position, with heads as columns, `[B * T, H D]`.
   */
  attend(
    qkv: tf.Tensor2D,
    learned: Inputs,
    shape: AttentionShape,
    mask: AttentionMask,
    dropout: Dropout,
  ): tf.Tensor2D;
  /**
   * Returns the intermediate results of attention, for inspection. They are computed from tfjs ops, on every engine
   * and without gradients.
   */
  steps(
    qkv: tf.Tensor2D,
    learned: Inputs,
    shape: AttentionShape,
    mask: AttentionMask,
  ): AttentionSteps;
}

/**
 * Defines an op of attention.
 *
 * Its kernel: `{ qkv [B * T, (H + 2K) D], …learned, prefixLengths? int32 [B], lengths? int32 [B] }`, `{ batch, nHead,
 * nKvHead, scale, cap, visibility: 'causal' | 'prefix' | 'local' | 'window', blockLength, blocksBack, windowLength,
 * isPadded, …Dropout }` to `[read [B * T, H D], …residuals]`. A cap of 0 means no cap, and rows of padding are zero.
 * The gradient's kernel returns the gradients of qkv and of the learned inputs, zero for padding.
 *
 * @param name - Name of the kernel; the gradient's kernel has the suffix `Grad`.
 */
export function defineMaskedAttention(name: string, term?: ScoreTermOp): MaskedAttentionOp {
  const learnedNames = term?.inputs ?? [];
  const stepsOf = (inputs: Inputs, attributes: Attributes): AttentionSteps =>
    computeSteps(inputs, attributes, term);
  const run = defineOp({
    name,
    savedInputs: ['qkv', ...learnedNames],
    differentiable: ['qkv', ...learnedNames],
    resultShape: ({ qkv: [rows, columns] }, { nHead, nKvHead }) => {
      const [H, K] = [nHead as number, nKvHead as number]; // attributesOf() put numbers there
      return [rows, (columns / (H + 2 * K)) * H];
    },
    forward: (inputs, attributes) => {
      const { merged, weights } = stepsOf(inputs, attributes);
      return [merged, weights];
    },
    backward: (inputs, attributes) => gradientsOf(inputs, attributes, term),
  });
  return {
    attend: (qkv, learned, shape, mask, dropout) => {
      const attributes = attributesOf(qkv, shape, mask, dropout);
      const read = (): tf.Tensor2D =>
        run(inputsOf(qkv, learned, shape, mask), attributes)[0] as tf.Tensor2D; // [B * T, C] by construction
      return mask.attributes.visibility === 'prefix' || shape.lengths ? tf.tidy(read) : read();
    },
    steps: (qkv, learned, shape, mask) =>
      stepsOf(inputsOf(qkv, learned, shape, mask), attributesOf(qkv, shape, mask, NO_DROPOUT)),
  };
}

function inputsOf(
  qkv: tf.Tensor2D,
  learned: Inputs,
  { batch, lengths, prefixLengths = new Int32Array(batch) }: AttentionShape,
  { attributes: { visibility } }: AttentionMask,
): Inputs {
  return {
    qkv,
    ...learned,
    ...(visibility === 'prefix' && { prefixLengths: tf.tensor1d(prefixLengths, 'int32') }),
    ...(lengths && { lengths: tf.tensor1d(lengths, 'int32') }),
  };
}

function attributesOf(
  qkv: tf.Tensor2D,
  { batch, nHead, nKvHead = nHead, scale, cap = 0, lengths }: AttentionShape,
  mask: AttentionMask,
  dropout: Dropout,
): Attributes {
  const D = qkv.shape[1] / (nHead + 2 * nKvHead);
  const scores = { scale: scale ?? 1 / Math.sqrt(D), cap };
  const isPadded = lengths !== undefined;
  return { batch, nHead, nKvHead, ...scores, ...mask.attributes, isPadded, ...dropout };
}

function computeSteps(
  { qkv, ...given }: Inputs,
  attributes: Attributes,
  term?: ScoreTermOp,
): AttentionSteps {
  const { prefixLengths, lengths } = given as Partial<typeof given>; // optional inputs
  const [query, ...shared] = splitHeads(qkv, attributes);
  const [, H, T] = query.shape;
  const [key, value] = shared.map((x) => repeatHeads(x, H));
  const alike: tf.Tensor4D = tf.matMul(query, key, false, true);
  const summed: tf.Tensor4D = term ? tf.add(alike, term.scores(query, given)) : alike;
  const { scale, cap } = scoring(attributes);
  const scaled: tf.Tensor4D = tf.mul(summed, scale);
  const scores: tf.Tensor4D = cap > 0 ? tf.mul(tf.tanh(tf.div(scaled, cap)), cap) : scaled;
  const seen = visibleKeys(T, describedMask(attributes), prefixLengths, lengths);
  // Operands of one shape: the CPU backend of tfjs broadcasts those of `where` number by number.
  const seenByHead = tf.concat(new Array<tf.Tensor4D>(H).fill(seen), 1);
  const hidden: tf.Tensor4D = tf.fill(scores.shape, -Infinity);
  const masked: tf.Tensor4D = tf.where(seenByHead, scores, hidden);
  const all = tf.softmax(masked);
  const weights: tf.Tensor4D = lengths ? tf.where(isPosition(T, lengths, 'query'), all, 0) : all;
  const mixed: tf.Tensor4D = tf.matMul(dropWeights(weights, attributes), value);
  return { query, key, value, scores, masked, weights, mixed, merged: mergeHeads(mixed) };
}

function gradientsOf(
  { dy, qkv, residual0: weights, ...given }: Inputs,
  attributes: Attributes,
  term?: ScoreTermOp,
): tf.Tensor[] {
  const [q, ...shared] = splitHeads(qkv, attributes);
  const K = shared[0].shape[1];
  const [k, v] = shared.map((x) => repeatHeads(x, q.shape[1]));
  const { scale, cap } = scoring(attributes);
  const dRead = splitColumns(dy, 0, attributes);
  const dv: tf.Tensor4D = tf.matMul(dropWeights(weights, attributes), dRead, true, false);
  const dWeights = dropWeights(tf.matMul(dRead, v, false, true), attributes);
  const mean = tf.sum(tf.mul(dWeights, weights), 3, true);
  const dCapped = tf.mul(weights, tf.sub(dWeights, mean));
  const dScaled = cap > 0 ? tf.mul(dCapped, capSlope(q, k, scale / cap)) : dCapped;
  const dScores: tf.Tensor4D = tf.mul(dScaled, scale);
  const dq: tf.Tensor4D = tf.matMul(dScores, k);
  const dk: tf.Tensor4D = tf.matMul(dScores, q, true, false);
  const { dQuery, dInputs } = term?.gradients(dScores, q, given) ?? { dInputs: [] };
  const dAllQ: tf.Tensor4D = dQuery ? tf.add(dq, dQuery) : dq;
  const dShared = [dk, dv].map((gradient) => sumHeads(gradient, K));
  return [tf.concat([dAllQ, ...dShared].map(mergeHeads), 1), ...dInputs];
}

/** Returns the slope of `cap tanh(score / cap)`. Only attention without a score term has a cap. */
function capSlope(q: tf.Tensor4D, k: tf.Tensor4D, scale: number): tf.Tensor {
  return tf.sub(1, tf.square(tf.tanh(tf.mul(tf.matMul(q, k, false, true), scale))));
}

function scoring(attributes: Attributes): Record<'scale' | 'cap', number> {
  return attributes as ReturnType<typeof scoring>; // attributesOf() put numbers there
}

/** Returns whether query t may see key s, `[1 or B, 1, T, T]`. */
function visibleKeys(
  T: number,
  mask: AttentionMask,
  prefixLengths?: tf.Tensor,
  lengths?: tf.Tensor,
): tf.Tensor4D {
  const key = tf.reshape(tf.range(0, T), [1, 1, 1, T]);
  const query = tf.reshape(tf.range(0, T), [1, 1, T, 1]);
  let seen: tf.Tensor4D = tf.lessEqual(key, query);
  if (prefixLengths) seen = tf.logicalOr(seen, tf.less(key, byBatch(prefixLengths)));
  const first = Array.from({ length: T }, (_, t) => mask.first(t));
  if (first[T - 1] > 0) {
    seen = tf.logicalAnd(seen, tf.greaterEqual(key, tf.tensor4d(first, [1, 1, T, 1])));
  }
  return lengths ? tf.logicalAnd(seen, isPosition(T, lengths, 'key')) : seen;
}
