import { memoryRow, positionRow } from '../attention/layer-cache.js';
import { CACHE_FORMATS, type CacheArray, cacheFormatFor } from './cache-format.js';
import { type CacheMemory, fitStorage } from './cache-memory.js';
import type { Decoder } from './decoder.js';

/**
 * Keys and values of the tokens that a model has read in the slots of a batch. The storage of a slot is an
 * index of the arrays that store its numbers. Slots are exchanged by exchanging their storage, without
 * copies. The arrays grow with the number of tokens.
 */
export interface KvCache extends CacheMemory {
  readonly batchSize: number;
  /** Maximum number of positions of each slot, S. */
  readonly capacity: number;
  /** Number of positions in use of each slot, `[B]`. */
  readonly lengths: Int32Array;
  /** Index of the storage of each slot, `[B]`: a permutation of 0 to B - 1. */
  readonly storage: Int32Array;
  /**
   * Number of positions at the start of two storages whose keys and values are equal, for each pair of storages,
   * `[B, B]`. These positions need not be copied from one storage to the other.
   */
  readonly shared: Int32Array;
  /** First position that each storage still has, one array `[B]` per layer. Earlier positions are overwritten. */
  readonly oldest: readonly Int32Array[];
}

/** Maximum number of positions that `lengths` can count. */
const MAX_COUNTED = 2 ** 31 - 1;

/**
 * Creates an empty cache. Memory is allocated as its slots are filled.
 *
 * @param batchSize - Number of slots.
 * @param capacity - Maximum number of positions of a slot; default: the model's context. A model with segment
 *   memory has no maximum by default, because its cache keeps only the positions that are still visible.
 * @throws RangeError for a batch size below 1, a capacity that is not from 1 to the model's positions, or a format
 *   that the attention does not support.
 */
export function createKvCache(
  { config, layers, maxPositions: max, cacheFormat = CACHE_FORMATS.f32 }: Decoder,
  batchSize: number,
  capacity: number = Math.min(max, MAX_COUNTED),
): KvCache {
  const width = config.nKvHead * config.headDim;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batchSize: expected an integer of at least 1, got ${batchSize}`);
  }
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > max) {
    throw new RangeError(
      `capacity: expected an integer from 1 to ${max} (contextLength), got ${capacity}`,
    );
  }
  const format = cacheFormatFor(layers, 'f32', cacheFormat.name);
  const attention = layers.map((layer) => layer.attention);
  const layouts = attention.map((layer) => layer.layout(capacity));
  const arrays = (): CacheArray[][] =>
    layouts.map(() => Array.from({ length: batchSize }, () => format.array(0)));
  return {
    batchSize,
    capacity,
    width,
    headDim: config.headDim,
    format,
    rowLength: config.nKvHead * format.headLength(config.headDim),
    lengths: new Int32Array(batchSize),
    storage: Int32Array.from({ length: batchSize }, (_, slot) => slot),
    shared: new Int32Array(batchSize * batchSize),
    oldest: layouts.map(() => new Int32Array(batchSize)),
    attention,
    layouts,
    keys: arrays(),
    values: arrays(),
  };
}

/** Clears a slot. */
export function resetSlot(cache: KvCache, slot: number): void {
  truncateSlot(cache, slot, 0);
}

/**
 * Removes the last tokens of a slot, as if they had never been fed. A layer that overwrites positions may lack some
 * that become visible again. Then more tokens are removed, all if necessary, and the caller must feed them again.
 * Exactly the requested tokens are removed if the slot was never more than `REWINDABLE` positions longer than
 * `length`.
 *
 * @param length - Number of positions to keep.
 * @returns the number of positions that were kept.
 * @throws RangeError if the slot does not exist, or has fewer positions.
 */
export function truncateSlot(cache: KvCache, slot: number, length: number): number {
  checkSlot(cache, slot);
  const seen = cache.lengths[slot];
  if (!Number.isInteger(length) || length < 0 || length > seen) {
    throw new RangeError(`length: expected an integer from 0 to ${seen}, got ${length}`);
  }
  const kept = knownLength(cache, cache.storage[slot], length);
  cache.lengths[slot] = kept;
  // The next tokens may differ from the tokens of other slots.
  const { batchSize: B, shared } = cache;
  const storage = cache.storage[slot];
  for (const oldest of cache.oldest) oldest[storage] = Math.min(oldest[storage], kept);
  for (let other = 0; other < B; other++) {
    const common = Math.min(kept, shared[storage * B + other]);
    shared[storage * B + other] = shared[other * B + storage] = common;
  }
  fitStorage(cache, storage, kept);
  return kept;
}

/**
 * Reserves memory for new tokens of a slot.
 *
 * @throws Error if memory is short; the slot keeps its contents.
 */
export function reserveTokens(cache: KvCache, slot: number, count: number): void {
  fitStorage(cache, cache.storage[slot], cache.lengths[slot] + count);
}

/** Returns the number of positions that `truncateSlot` would keep for this length. */
export function knownPositions(cache: KvCache, slot: number, length: number): number {
  return knownLength(cache, cache.storage[slot], length);
}

/** Returns the maximum length, up to `length`, from which all layers of a storage can continue. */
function knownLength(cache: KvCache, storage: number, length: number): number {
  const known = cache.attention.map((layer, i) =>
    layer.knownLength(length, cache.oldest[i][storage]),
  );
  const max = Math.min(...known);
  return max === length ? length : knownLength(cache, storage, max);
}

/** Increases the length of a slot after its new rows were written. */
export function growSlot(cache: KvCache, slot: number, count: number): void {
  const storage = cache.storage[slot];
  cache.lengths[slot] += count;
  for (const [layer, { positionRows }] of cache.layouts.entries()) {
    const oldest = cache.oldest[layer];
    oldest[storage] = Math.max(oldest[storage], cache.lengths[slot] - positionRows);
  }
}

/**
 * Copies the contents of a slot to another slot.
 *
 * @throws RangeError if one of them does not exist.
 */
export function copySlot(cache: KvCache, from: number, to: number): void {
  checkSlot(cache, from);
  checkSlot(cache, to);
  copyStorage(cache, cache.storage[from], cache.storage[to], cache.lengths[from]);
  cache.lengths[to] = cache.lengths[from];
}

/** Copies the first `length` positions of one storage to another. */
export function copyStorage(cache: KvCache, from: number, to: number, length: number): void {
  if (from === to) return;
  const { batchSize: B, shared } = cache;
  const common = Math.min(length, shared[from * B + to]);
  fitStorage(cache, to, length);
  cache.layouts.forEach((layout, layer) => {
    const rowAt = (at: number): number =>
      memoryRow(layout, cache.attention[layer].memoryRowsAt(at));
    const first = common === 0 ? memoryRow(layout, 0) : rowAt(common); // no common positions: copy the row of the first position too
    if (layout.memoryRows > 0) copyRows(cache, layer, from, to, first, rowAt(length));
    const kept = cache.oldest[layer];
    const oldest = kept[from];
    const isShared = kept[to] <= oldest; // the target has not overwritten more
    for (let at = isShared ? Math.max(oldest, common) : oldest; at < length;) {
      const row = positionRow(layout, at);
      const count = Math.min(length - at, layout.positionRows - row);
      copyRows(cache, layer, from, to, row, row + count);
      at += count;
    }
    kept[to] = oldest;
  });
  for (let other = 0; other < B; other++) {
    const inCommon = other === from ? length : Math.min(length, shared[from * B + other]);
    shared[to * B + other] = shared[other * B + to] = inCommon;
  }
}

/** Copies rows `[first, end)` of a layer from one storage to another. */
function copyRows(
  cache: KvCache,
  layer: number,
  from: number,
  to: number,
  first: number,
  end: number,
): void {
  const { keys, values, rowLength } = cache;
  for (const arrays of [keys[layer], values[layer]]) {
    arrays[to].set(arrays[from].subarray(first * rowLength, end * rowLength), first * rowLength);
  }
}

/**
 * Checks that a slot exists.
 *
 * @throws RangeError if it does not exist.
 */
export function checkSlot({ batchSize }: KvCache, slot: number): void {
  if (!Number.isInteger(slot) || slot < 0 || slot >= batchSize) {
    throw new RangeError(`slot: expected an integer from 0 to ${batchSize - 1}, got ${slot}`);
  }
}
