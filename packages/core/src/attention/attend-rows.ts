import type * as tf from '@tensorflow/tfjs-core';

import type { CachedPass, LayerAttention } from './attention-kind.js';
import {
  type BatchRows,
  type CacheFeed,
  type LayerCache,
  positionRow,
  ringLayout,
  rowOf,
  storeKeyValue,
} from './layer-cache.js';
import type { HeadShape } from './ops/masked-attention.js';
import type { AttentionMask } from './attention-mask.js';

/**
 * Description of one layer's attention over the rows of a cache: which rows a position attends to, and terms that are
 * added to the scores.
 */
export interface RowAttention {
  /** Whether the key and value of a position are written to its cache row before the position attends. */
  readonly writes: boolean;
  /** Returns the indices of the cache rows that a position attends to, in the order of their positions. */
  readonly rows: (position: number) => readonly number[];
  /** A bias that is added to the queries of all heads before the products with keys, `[C]`; none by default. */
  readonly contentBias?: Float32Array;
  /**
   * Returns a function from `back` to the term that is added to the head's score of the key `back` positions before
   * the query. The term is added before the scores are scaled.
   *
   * @param query - The head's query, `[D]`.
   */
  readonly byDistance?: (query: Float32Array, head: number) => (back: number) => number;
}

/**
 * Computes the attention of new positions to rows of a cache, in plain loops, because tfjs tensors cannot grow.
 * Engines that run whole decoding steps have their own implementation.
 *
 * @param qkv - Queries, keys and values of the new positions, `[B * T, (H + 2K) D]`, with B the number of feeds.
 * @returns the weighted values of each position, `[B * T, H D]`; rows of padding are zero.
 */
export function attendRows(
  qkv: BatchRows,
  attention: RowAttention,
  { heads, cache, onWeights }: Pick<CachedPass, 'heads' | 'cache' | 'onWeights'>,
): Float32Array {
  const width = qkv.width - 2 * cache.width; // of queries, H D
  const rows = qkv.numbers.length / qkv.width;
  const read: BatchRows = { ...qkv, numbers: new Float32Array(rows * width), width };
  cache.feeds.forEach((feed, index) => {
    const { keys, values, past, count } = feed;
    const kept = { keys, values, width: cache.width };
    for (let t = 0; t < count; t++) {
      const row = rowOf(qkv, index, t);
      if (attention.writes) storeKeyValue(row, cache, feed, past + t);
      const query = row.subarray(0, width);
      const seen = attention.rows(past + t);
      const out = rowOf(read, index, t);
      for (let head = 0; head < heads.nHead; head++) {
        const weights = attendHead(query, head, heads, seen, attention, kept, out);
        onWeights?.(weights, past + t);
      }
    }
  });
  return read.numbers;
}

/** Returns a tensor's numbers as the rows of a batch, one sequence for each feed of the cache. */
export function batchRows(x: tf.Tensor2D, { feeds }: LayerCache): BatchRows {
  const [rows, width] = x.shape;
  return { numbers: x.dataSync<'float32'>(), count: rows / feeds.length, width };
}

/**
 * Computes the attention of one head at one position.
 *
 * @param query - The queries of all heads, `[H D]`.
 * @param out - Row of all heads, `[H D]`. The head's weighted values are added to the columns of the head.
 * @returns the attention weights.
 */
function attendHead(
  query: Float32Array,
  head: number,
  { nHead, nKvHead = nHead, scale, cap }: HeadShape,
  rows: readonly number[],
  { contentBias, byDistance }: RowAttention,
  { keys, values, width }: Pick<CacheFeed, 'keys' | 'values'> & { readonly width: number },
  out: Float32Array,
): Float64Array {
  const D = query.length / nHead;
  const begin = head * D;
  const shared = Math.floor((head * nKvHead) / nHead) * D; // index of the group's key and value
  const own = query.subarray(begin, begin + D);
  const content = contentBias ? own.map((value, i) => value + contentBias[begin + i]) : own;
  const distanceScore = byDistance?.(own, head);
  const weights = new Float64Array(rows.length);
  rows.forEach((row, i) => {
    weights[i] = dot(content, keys, row * width + shared);
    if (distanceScore) weights[i] += distanceScore(rows.length - 1 - i);
  });
  const factor = scale ?? 1 / Math.sqrt(D);
  if (cap !== undefined) {
    for (let i = 0; i < weights.length; i++)
      weights[i] = cap * Math.tanh((weights[i] * factor) / cap);
  }
  softmax(weights, cap === undefined ? factor : 1);
  rows.forEach((row, i) => {
    const from = row * width + shared;
    for (let d = 0; d < D; d++) out[begin + d] += weights[i] * values[from + d];
  });
  return weights;
}

/** Returns the dot product of a vector and the part of an array that begins at an index. */
export function dot(vector: Float32Array, array: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i] * array[from + i];
  return sum;
}

/** Replaces scores by `softmax(scale * scores)`. */
function softmax(scores: Float64Array, scale: number): void {
  const highest = scores.reduce((max, score) => Math.max(max, score), -Infinity);
  let sum = 0;
  for (let s = 0; s < scores.length; s++) {
    scores[s] = Math.exp((scores[s] - highest) * scale);
    sum += scores[s];
  }
  for (let s = 0; s < scores.length; s++) scores[s] /= sum;
}

/**
 * Returns the cache functions of a layer (members of `LayerAttention`) that stores a key for every visible position
 * in a ring buffer.
 */
export function keptPositions({
  first,
  max,
}: Pick<AttentionMask, 'first' | 'max'>): Pick<
  LayerAttention,
  'layout' | 'memoryRowsAt' | 'knownLength' | 'heldRow' | 'firstSeen' | 'byToken'
> {
  return {
    layout: (capacity) => ringLayout(capacity, max(capacity)),
    memoryRowsAt: () => 0,
    knownLength: (length, oldest) => {
      const needed = first(length);
      return needed === length || needed >= oldest ? length : 0;
    },
    heldRow: positionRow,
    firstSeen: first,
    byToken: (keys) => keys,
  };
}
