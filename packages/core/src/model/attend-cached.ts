import type { LayerAttention } from '../config/layer-attention.js';
import { firstSeen } from '../ops/visibility.js';
import type { KvCache } from './kv-cache.js';

/** New tokens of some sequences of a cache. */
export interface NewTokens {
  /** The sequences, as places in the cache. */
  readonly sequences: readonly number[];
  /** New tokens of each; the rows of `qkv` are padded to the most. */
  readonly counts: readonly number[];
}

/**
 * Writes the new keys and values behind the ones a layer has; copies nothing else.
 *
 * @param qkv - `[B * T, 3C]` of the sequences named.
 */
export function storeKeyValues(
  qkv: ArrayLike<number> & { subarray(from: number, to: number): Float32Array },
  layer: number,
  cache: KvCache,
  { sequences, counts }: NewTokens,
): void {
  const T = Math.max(...counts);
  const C = qkv.length / (3 * T * sequences.length);
  sequences.forEach((sequence, row) => {
    for (let t = 0; t < counts[row]; t++) {
      const from = (row * T + t) * 3 * C;
      const to = (cache.slots[sequence] * cache.capacity + cache.lengths[sequence] + t) * C;
      cache.keys[layer].set(qkv.subarray(from + C, from + 2 * C), to);
      cache.values[layer].set(qkv.subarray(from + 2 * C, from + 3 * C), to);
    }
  });
}

/** A layer's heads and what they look at. */
export interface CachedAttention {
  readonly nHead: number;
  readonly visibility: LayerAttention['visibility'];
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
 * Attention to the past of new tokens over a cache that `storeKeyValues` has given their keys and values,
 * in plain loops: tfjs has no tensor that grows. Engines that run whole steps have their own.
 *
 * @param qkv - `[B * T, 3C]` of the sequences named.
 * @returns `[B * T, C]`; rows of padding are zero.
 */
export function attendCached(
  qkv: Float32Array,
  { nHead, visibility, distances, sinusoids }: CachedAttention,
  layer: number,
  cache: KvCache,
  { sequences, counts }: NewTokens,
): Float32Array {
  const T = Math.max(...counts);
  const C = qkv.length / (3 * T * sequences.length);
  const D = C / nHead;
  const [keys, values] = [cache.keys[layer], cache.values[layer]];
  const read = new Float32Array(sequences.length * T * C);
  const weights = new Float64Array(cache.capacity);
  const rows = (distances?.length ?? 0) / C; // of a head's table, M
  sequences.forEach((sequence, row) => {
    const slot = cache.slots[sequence] * cache.capacity * C;
    for (let t = 0; t < counts[row]; t++) {
      const position = cache.lengths[sequence] + t;
      const first = firstSeen(visibility, position);
      for (let head = 0; head < nHead; head++) {
        const start = (row * T + t) * 3 * C + head * D;
        const query = qkv.subarray(start, start + D);
        const content = sum(query, sinusoids?.contentBias, head * D);
        const distance = sum(query, sinusoids?.distanceBias, head * D);
        const column = slot + head * D;
        for (let s = first; s <= position; s++) {
          weights[s] = dot(content, keys, column + s * C);
          const d = position - s;
          if (sinusoids) {
            const { vectors } = sinusoids;
            weights[s] += dot(distance, vectors, vectors.length - (d + 1) * C + head * D);
          }
          if (distances && d < rows) {
            weights[s] += dot(query, distances, (head * rows + rows - 1 - d) * D);
          }
        }
        softmax(weights, first, position + 1, 1 / Math.sqrt(D));
        const out = (row * T + t) * C + head * D;
        for (let s = first; s <= position; s++) {
          const from = column + s * C;
          for (let d = 0; d < D; d++) read[out + d] += weights[s] * values[from + d];
        }
      }
    }
  });
  return read;
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

/** `softmax(scale * scores)` of some places, in place. */
function softmax(scores: Float64Array, from: number, end: number, scale: number): void {
  let highest = -Infinity;
  for (let s = from; s < end; s++) highest = Math.max(highest, scores[s]);
  let sum = 0;
  for (let s = from; s < end; s++) {
    scores[s] = Math.exp((scores[s] - highest) * scale);
    sum += scores[s];
  }
  for (let s = from; s < end; s++) scores[s] /= sum;
}
