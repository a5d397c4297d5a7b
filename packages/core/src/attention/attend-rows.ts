import type * as tf from '@tensorflow/tfjs-core';

import type { CachedPass } from './attention-kind.js';
import { type BatchRows, type LayerCache, rowOf, storeKeyValue } from './layer-cache.js';

/** What a kind of attention makes of the rows of a cache. */
export interface RowAttention {
  /** Whether each position's key and value are written to its row before it reads. */
  readonly writes: boolean;
  /** The rows that a position reads among those of its sequence, the nearest last. */
  readonly rows: (position: number) => readonly number[];
  /** A bias that is added to a head's queries before products with keys, `[C]`; none by default. */
  readonly contentBias?: Float32Array;
  /**
   * The term that is added to a head's score of a key that lies `back` positions before the query, before
   * scaling.
   *
   * @param query - `[D]`.
   */
  readonly byDistance?: (query: Float32Array, head: number) => (back: number) => number;
}

/**
 * Attention of new positions to rows of a cache, in plain loops, since tfjs has no tensor that grows.
 * Engines that run whole steps have their own.
 *
 * @param qkv - `[B * T, 3C]` of the cache's feeds.
 * @returns `[B * T, C]`; rows of padding are zero.
 */
export function attendRows(
  qkv: BatchRows,
  attention: RowAttention,
  { nHead, cache, onWeights }: Pick<CachedPass, 'nHead' | 'cache' | 'onWeights'>,
): Float32Array {
  const C = qkv.width / 3;
  const read: BatchRows = { ...qkv, numbers: new Float32Array(qkv.numbers.length / 3), width: C };
  cache.feeds.forEach((feed, index) => {
    const { firstRow, past, count } = feed;
    for (let t = 0; t < count; t++) {
      const row = rowOf(qkv, index, t);
      if (attention.writes) storeKeyValue(row, cache, feed, past + t);
      const query = row.subarray(0, C);
      const rows = attention.rows(past + t).map((seen) => firstRow + seen);
      const out = rowOf(read, index, t);
      for (let head = 0; head < nHead; head++) {
        const weights = attendHead(query, head, nHead, rows, attention, cache, out);
        onWeights?.(weights, past + t);
      }
    }
  });
  return read.numbers;
}

/** The rows of a tensor that belong to the feeds of a cache. */
export function batchRows(x: tf.Tensor2D, { feeds }: LayerCache): BatchRows {
  const [rows, width] = x.shape;
  return { numbers: x.dataSync<'float32'>(), count: rows / feeds.length, width };
}

/**
 * One head of one position.
 *
 * @param query - Of all heads, `[C]`.
 * @param out - Receives what is read, `[C]`; zero before.
 * @returns the weights.
 */
function attendHead(
  query: Float32Array,
  head: number,
  nHead: number,
  rows: readonly number[],
  { contentBias, byDistance }: RowAttention,
  { keys, values }: LayerCache,
  out: Float32Array,
): Float64Array {
  const C = query.length;
  const D = C / nHead;
  const begin = head * D;
  const own = query.subarray(begin, begin + D);
  const content = contentBias ? own.map((value, i) => value + contentBias[begin + i]) : own;
  const distanceScore = byDistance?.(own, head);
  const weights = new Float64Array(rows.length);
  rows.forEach((row, i) => {
    weights[i] = dot(content, keys, row * C + begin);
    if (distanceScore) weights[i] += distanceScore(rows.length - 1 - i);
  });
  softmax(weights, 1 / Math.sqrt(D));
  rows.forEach((row, i) => {
    const from = row * C + begin;
    for (let d = 0; d < D; d++) out[begin + d] += weights[i] * values[from + d];
  });
  return weights;
}

/** The scalar product of a vector and the part of an array that begins at an index. */
export function dot(vector: Float32Array, array: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i] * array[from + i];
  return sum;
}

/** `softmax(scale * scores)`, in place. */
function softmax(scores: Float64Array, scale: number): void {
  const highest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  let sum = 0;
  for (let s = 0; s < scores.length; s++) {
    scores[s] = Math.exp((scores[s] - highest) * scale);
    sum += scores[s];
  }
  for (let s = 0; s < scores.length; s++) scores[s] /= sum;
}
