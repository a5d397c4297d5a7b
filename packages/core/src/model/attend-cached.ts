import { firstSeen } from '../ops/visibility.js';
import { type CacheLayout, layoutRows, memoryRowsAt, positionRow } from './cache-layout.js';
import { type BatchRows, type NewTokens, rowOf, storePosition } from './cached-rows.js';
import type { KvCache } from './kv-cache.js';

/** A layer's heads, and what their scores know. */
export interface CachedAttention {
  readonly nHead: number;
  /** Its table of distances, `[H * M, D]`, if it has one. */
  readonly distances?: Float32Array;
  /** What it makes of distances, where it is Transformer-XL's. */
  readonly sinusoids?: CachedSinusoids;
}

/** Transformer-XL's parameters of distances as numbers. */
export interface CachedSinusoids {
  /** The vector of every distance, `[rows, C]`; the last row is distance 0. */
  readonly vectors: Float32Array;
  /** u and v, `[C]`. */
  readonly contentBias: Float32Array;
  readonly distanceBias: Float32Array;
}

/**
 * Told what a head of a layer weighs for a new position: of what it sees, or of its memory's rows, the
 * nearest last; they sum to 1.
 */
export type OnWeights = (weights: Float64Array, layer: number, position: number) => void;

/**
 * Attention to the past of new tokens over a cache, in plain loops: tfjs has no tensor that grows. Each
 * token is written there before it is read, unless the layer compresses: then its memory is there.
 * Engines that run whole steps have their own.
 *
 * @param qkv - `[B * T, 3C]` of the sequences named.
 * @returns `[B * T, C]`; rows of padding are zero.
 */
export function attendCached(
  qkv: BatchRows,
  attention: CachedAttention,
  layer: number,
  cache: KvCache,
  { sequences, counts }: NewTokens,
  onWeights?: OnWeights,
): Float32Array {
  const C = qkv.width / 3;
  const layout = cache.layouts[layer];
  const [keys, values] = [cache.keys[layer], cache.values[layer]];
  const read: BatchRows = { ...qkv, numbers: new Float32Array(qkv.numbers.length / 3), width: C };
  sequences.forEach((sequence, place) => {
    const slot = cache.slots[sequence] * layoutRows(layout);
    for (let t = 0; t < counts[place]; t++) {
      const row = rowOf(qkv, place, t);
      const [query, key, value] = [row.subarray(0, C), row.subarray(C, 2 * C), row.subarray(2 * C)];
      const position = cache.lengths[sequence] + t;
      if (!layout.attention.compression) {
        storePosition(cache, layer, sequence, position, key, value);
      }
      const rows = seenRows(layout, position).map((seen) => slot + seen);
      const heads = attend(query, { keys, values, rows }, attention, rowOf(read, place, t));
      if (onWeights) for (const weights of heads) onWeights(weights, layer, position);
    }
  });
  return read.numbers;
}

/** What a token sees of its layer's cache. */
interface Past {
  /** `[rows, C]`. */
  readonly keys: Float32Array;
  readonly values: Float32Array;
  /** The nearest last. */
  readonly rows: readonly number[];
}

/**
 * Attention of one token, in every head.
 *
 * @param query - `[C]`.
 * @param out - Receives what is read, `[C]`; zero before.
 * @returns each head's weights.
 */
function attend(
  query: Float32Array,
  past: Past,
  attention: CachedAttention,
  out: Float32Array,
): Float64Array[] {
  const { nHead } = attention;
  const C = query.length;
  const D = C / nHead;
  return Array.from({ length: nHead }, (_, head) => {
    const begin = head * D;
    const weights = scoresOf(query.subarray(begin, begin + D), head, past, attention);
    softmax(weights, 1 / Math.sqrt(D));
    past.rows.forEach((row, i) => {
      const from = row * C + begin;
      for (let d = 0; d < D; d++) out[begin + d] += weights[i] * past.values[from + d];
    });
    return weights;
  });
}

/** A head's scores of what a token sees, before they are scaled: of keys, and of how far away they are. */
function scoresOf(
  query: Float32Array,
  head: number,
  { keys, rows }: Past,
  { nHead, distances, sinusoids }: CachedAttention,
): Float64Array {
  const D = query.length;
  const C = nHead * D;
  const M = (distances?.length ?? 0) / C; // rows of a head's table
  const content = sum(query, sinusoids?.contentBias, head * D);
  const distance = sum(query, sinusoids?.distanceBias, head * D);
  const scores = new Float64Array(rows.length);
  rows.forEach((row, i) => {
    scores[i] = dot(content, keys, row * C + head * D);
    const back = rows.length - 1 - i;
    if (sinusoids) {
      const { vectors } = sinusoids;
      scores[i] += dot(distance, vectors, vectors.length - (back + 1) * C + head * D);
    }
    if (distances && back < M) {
      scores[i] += dot(query, distances, (head * M + M - 1 - back) * D);
    }
  });
  return scores;
}

/** The rows that a position reads: of positions up to its own, or of memory. */
function seenRows(layout: CacheLayout, position: number): number[] {
  if (layout.attention.compression)
    return Array.from({ length: memoryRowsAt(layout, position) }, (_, m) => m);
  const first = firstSeen(layout.attention.visibility, position);
  return Array.from({ length: position + 1 - first }, (_, i) => positionRow(layout, first + i));
}

/** A vector and, if there is one, a part of another; the vector itself where there is none. */
function sum(vector: Float32Array, other: Float32Array | undefined, from: number): Float32Array {
  return other ? vector.map((value, i) => value + other[from + i]) : vector;
}

/** The scalar product of a vector and what begins at a place of an array. */
function dot(vector: Float32Array, array: Float32Array, from: number): number {
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
