import type { ModelConfig } from '../config/model-config.js';

/** Keys and values of the tokens that a batch of sequences has seen, allocated once. */
export interface KvCache {
  readonly batchSize: number;
  /** Most positions of each sequence, S. */
  readonly capacity: number;
  /** Positions in use of each sequence, `[B]`. */
  readonly lengths: Int32Array;
  /** One array a layer, `[B, S, C]`. */
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
}

/**
 * An empty cache with room for the model's whole context, or less.
 *
 * @throws RangeError when it would hold more positions than the model knows.
 */
export function createKvCache(
  { nLayer, nEmbd, contextLength }: ModelConfig,
  batchSize: number,
  capacity: number = contextLength,
): KvCache {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > contextLength) {
    throw new RangeError(
      `capacity: expected an integer from 1 to ${contextLength} (contextLength), got ${capacity}`,
    );
  }
  const layers = (): Float32Array[] =>
    Array.from({ length: nLayer }, () => new Float32Array(batchSize * capacity * nEmbd));
  return {
    batchSize,
    capacity,
    lengths: new Int32Array(batchSize),
    keys: layers(),
    values: layers(),
  };
}

/** Empties one sequence's place. */
export function resetSequence(cache: KvCache, sequence: number): void {
  cache.lengths[sequence] = 0;
}

/** Gives one sequence's place what another has seen. */
export function copySequence(cache: KvCache, from: number, to: number): void {
  for (const layers of [cache.keys, cache.values]) {
    for (const layer of layers) {
      const size = layer.length / cache.batchSize;
      const used = (size / cache.capacity) * cache.lengths[from];
      layer.copyWithin(to * size, from * size, from * size + used);
    }
  }
  cache.lengths[to] = cache.lengths[from];
}
