import type { ModelConfig } from '../config/model-config.js';

/**
 * Keys and values of the tokens that a batch of sequences has seen, allocated once. Sequences go by
 * place; where a place's numbers lie is its slot, so that places change at no cost.
 */
export interface KvCache {
  readonly batchSize: number;
  /** Most positions of each sequence, S. */
  readonly capacity: number;
  /** Positions in use of each place, `[B]`. */
  readonly lengths: Int32Array;
  /** Slot of each place, `[B]`: a permutation. */
  readonly slots: Int32Array;
  /** First positions that two slots have in common for sure, `[B, B]`: they need no copy. */
  readonly shared: Int32Array;
  /** One array a layer, `[B, S, C]` by slot. */
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
    slots: Int32Array.from({ length: batchSize }, (_, place) => place),
    shared: new Int32Array(batchSize * batchSize),
    keys: layers(),
    values: layers(),
  };
}

/** Empties one sequence's place. */
export function resetSequence(cache: KvCache, sequence: number): void {
  truncateSequence(cache, sequence, 0);
}

/**
 * Takes back the last tokens of a sequence, as if they had never been fed.
 *
 * @param length - Positions that stay.
 * @throws RangeError when the sequence is not in the cache or has seen fewer.
 */
export function truncateSequence(cache: KvCache, sequence: number, length: number): void {
  checkSequence(cache, sequence);
  const seen = cache.lengths[sequence];
  if (!Number.isInteger(length) || length < 0 || length > seen) {
    throw new RangeError(`length: expected an integer from 0 to ${seen}, got ${length}`);
  }
  cache.lengths[sequence] = length;
  // What is fed next differs from what others have there.
  const { batchSize: B, shared } = cache;
  const slot = cache.slots[sequence];
  for (let other = 0; other < B; other++) {
    const common = Math.min(length, shared[slot * B + other]);
    shared[slot * B + other] = shared[other * B + slot] = common;
  }
}

/**
 * Gives one sequence's place what another has seen.
 *
 * @throws RangeError when one of them is not in the cache.
 */
export function copySequence(cache: KvCache, from: number, to: number): void {
  checkSequence(cache, from);
  checkSequence(cache, to);
  copySlot(cache, cache.slots[from], cache.slots[to], cache.lengths[from]);
  cache.lengths[to] = cache.lengths[from];
}

/** Gives a slot the first `length` positions of another. */
export function copySlot(cache: KvCache, from: number, to: number, length: number): void {
  if (from === to) return;
  const { batchSize: B, capacity, shared } = cache;
  const common = Math.min(length, shared[from * B + to]);
  for (const layers of [cache.keys, cache.values]) {
    for (const layer of layers) {
      const C = layer.length / (B * capacity);
      const [source, target] = [from * capacity * C, to * capacity * C];
      layer.copyWithin(target + common * C, source + common * C, source + length * C);
    }
  }
  for (let other = 0; other < B; other++) {
    const inCommon = other === from ? length : Math.min(length, shared[from * B + other]);
    shared[to * B + other] = shared[other * B + to] = inCommon;
  }
}

/** @throws RangeError when the sequence is not in the cache. */
export function checkSequence({ batchSize }: KvCache, sequence: number): void {
  if (!Number.isInteger(sequence) || sequence < 0 || sequence >= batchSize) {
    throw new RangeError(
      `sequence: expected an integer from 0 to ${batchSize - 1}, got ${sequence}`,
    );
  }
}
