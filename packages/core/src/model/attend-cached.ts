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

/**
 * Causal attention of new tokens over a cache that `storeKeyValues` has given their keys and values,
 * in plain loops: tfjs has no tensor that grows. Engines that run whole steps have their own.
 *
 * @param qkv - `[B * T, 3C]` of the sequences named.
 * @returns `[B * T, C]`; rows of padding are zero.
 */
export function attendCached(
  qkv: Float32Array,
  nHead: number,
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
  sequences.forEach((sequence, row) => {
    const start = cache.slots[sequence] * cache.capacity * C;
    for (let t = 0; t < counts[row]; t++) {
      const seen = cache.lengths[sequence] + t + 1;
      for (let head = 0; head < nHead; head++) {
        const query = (row * T + t) * 3 * C + head * D;
        const column = start + head * D;
        softmaxScores(qkv, query, keys, column, C, D, seen, weights);
        const out = (row * T + t) * C + head * D;
        for (let s = 0; s < seen; s++) {
          const from = column + s * C;
          for (let d = 0; d < D; d++) read[out + d] += weights[s] * values[from + d];
        }
      }
    }
  });
  return read;
}

/** Writes `softmax(q · k / sqrt(D))` over the keys seen into `weights`. */
function softmaxScores(
  qkv: Float32Array,
  query: number,
  keys: Float32Array,
  column: number,
  C: number,
  D: number,
  seen: number,
  weights: Float64Array,
): void {
  const scale = 1 / Math.sqrt(D);
  let highest = -Infinity;
  for (let s = 0; s < seen; s++) {
    const from = column + s * C;
    let dot = 0;
    for (let d = 0; d < D; d++) dot += qkv[query + d] * keys[from + d];
    weights[s] = dot * scale;
    if (weights[s] > highest) highest = weights[s];
  }
  let sum = 0;
  for (let s = 0; s < seen; s++) {
    weights[s] = Math.exp(weights[s] - highest);
    sum += weights[s];
  }
  for (let s = 0; s < seen; s++) weights[s] /= sum;
}
