import { type LayerCache, memoryRow, positionRow } from '../attention/layer-cache.js';
import { type CacheMemory, fitSlot } from './cache-memory.js';
import type { Decoder } from './decoder.js';

/**
 * Keys and values of the tokens that a batch of sequences has seen. A sequence is known by its index in
 * the batch; the slot is where its numbers lie, so that sequences are exchanged at no cost. The memory of
 * a slot grows with what it holds.
 */
export interface KvCache extends CacheMemory {
  readonly batchSize: number;
  /** Maximum number of positions of each sequence, S. */
  readonly capacity: number;
  /** Positions in use of each sequence, `[B]`. */
  readonly lengths: Int32Array;
  /** Slot of each sequence, `[B]`: a permutation. */
  readonly slots: Int32Array;
  /** First positions that two slots have in common for sure, `[B, B]`: they need no copy. */
  readonly shared: Int32Array;
  /** First position that each slot still keeps, one array `[B]` per layer: those before are overwritten. */
  readonly oldest: readonly Int32Array[];
}

/** Positions are counted in 32 bits. */
const MOST_COUNTED = 2 ** 31 - 1;

/**
 * An empty cache for sequences of the model's whole context, or less; of a model that remembers for any
 * number of positions, of which it keeps those that are still seen. It takes memory as sequences grow.
 *
 * @throws RangeError for no sequences, and when it would hold more positions than the model knows.
 */
export function createKvCache(
  { config, layers, maxPositions: most }: Decoder,
  batchSize: number,
  capacity: number = Math.min(most, MOST_COUNTED),
): KvCache {
  const width = config.nKvHead * config.headDim;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batchSize: expected an integer of at least 1, got ${batchSize}`);
  }
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > most) {
    throw new RangeError(
      `capacity: expected an integer from 1 to ${most} (contextLength), got ${capacity}`,
    );
  }
  const attention = layers.map((layer) => layer.attention);
  const layouts = attention.map((layer) => layer.layout(capacity));
  const arrays = (): Float32Array[][] =>
    layouts.map(() => Array.from({ length: batchSize }, () => new Float32Array()));
  return {
    batchSize,
    capacity,
    width,
    lengths: new Int32Array(batchSize),
    slots: Int32Array.from({ length: batchSize }, (_, sequence) => sequence),
    shared: new Int32Array(batchSize * batchSize),
    oldest: layouts.map(() => new Int32Array(batchSize)),
    attention,
    layouts,
    keys: arrays(),
    values: arrays(),
  };
}

/** Empties the slot of a sequence. */
export function resetSequence(cache: KvCache, sequence: number): void {
  truncateSequence(cache, sequence, 0);
}

/**
 * Takes back the last tokens of a sequence, as if they had never been fed. A layer that forgets what it
 * does not see any more may have forgotten what it would see then: more tokens are taken back, all if
 * need be, and are to be fed again. As many as `REWINDABLE` can always be taken back.
 *
 * @param length - Positions that should stay.
 * @returns positions that stay.
 * @throws RangeError when the sequence is not in the cache or has seen fewer.
 */
export function truncateSequence(cache: KvCache, sequence: number, length: number): number {
  checkSequence(cache, sequence);
  const seen = cache.lengths[sequence];
  if (!Number.isInteger(length) || length < 0 || length > seen) {
    throw new RangeError(`length: expected an integer from 0 to ${seen}, got ${length}`);
  }
  const kept = knownLength(cache, cache.slots[sequence], length);
  cache.lengths[sequence] = kept;
  // What is fed next differs from what others have there.
  const { batchSize: B, shared } = cache;
  const slot = cache.slots[sequence];
  for (const oldest of cache.oldest) oldest[slot] = Math.min(oldest[slot], kept);
  for (let other = 0; other < B; other++) {
    const common = Math.min(kept, shared[slot * B + other]);
    shared[slot * B + other] = shared[other * B + slot] = common;
  }
  fitSlot(cache, slot, kept);
  return kept;
}

/**
 * Makes room for new tokens of a sequence.
 *
 * @throws Error when there is no memory for them; what the sequence has seen stays as it is.
 */
export function reserveTokens(cache: KvCache, sequence: number, count: number): void {
  fitSlot(cache, cache.slots[sequence], cache.lengths[sequence] + count);
}

/** The positions that would stay of a sequence if it were truncated to `length`. */
export function knownPositions(cache: KvCache, sequence: number, length: number): number {
  return knownLength(cache, cache.slots[sequence], length);
}

/** The most positions, `length` or fewer, from which all layers of a slot can go on. */
function knownLength(cache: KvCache, slot: number, length: number): number {
  const known = cache.attention.map((layer, i) => layer.knownLength(length, cache.oldest[i][slot]));
  const most = Math.min(...known);
  return most === length ? length : knownLength(cache, slot, most);
}

/** Increases the length of a sequence whose new rows have been written. */
export function growSequence(cache: KvCache, sequence: number, count: number): void {
  const slot = cache.slots[sequence];
  cache.lengths[sequence] += count;
  for (const [layer, { positionRows }] of cache.layouts.entries()) {
    const oldest = cache.oldest[layer];
    oldest[slot] = Math.max(oldest[slot], cache.lengths[sequence] - positionRows);
  }
}

/**
 * Makes one sequence continue from what another has seen.
 *
 * @throws RangeError when one of them is not in the cache.
 */
export function copySequence(cache: KvCache, from: number, to: number): void {
  checkSequence(cache, from);
  checkSequence(cache, to);
  copySlot(cache, cache.slots[from], cache.slots[to], cache.lengths[from]);
  cache.lengths[to] = cache.lengths[from];
}

/** Copies the first `length` positions of one slot to another. */
export function copySlot(cache: KvCache, from: number, to: number, length: number): void {
  if (from === to) return;
  const { batchSize: B, shared } = cache;
  const common = Math.min(length, shared[from * B + to]);
  fitSlot(cache, to, length);
  cache.layouts.forEach((layout, layer) => {
    const rowAt = (at: number): number =>
      memoryRow(layout, cache.attention[layer].memoryRowsAt(at));
    const first = common === 0 ? memoryRow(layout, 0) : rowAt(common); // no position, no row of the first
    if (layout.memoryRows > 0) copyRows(cache, layer, from, to, first, rowAt(length));
    const kept = cache.oldest[layer];
    const oldest = kept[from];
    const isShared = kept[to] <= oldest; // the other has not overwritten more
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

/** Copies rows `[first, end)` of a layer from a slot to another. */
function copyRows(
  cache: KvCache,
  layer: number,
  from: number,
  to: number,
  first: number,
  end: number,
): void {
  const { keys, values, width } = cache;
  for (const slots of [keys[layer], values[layer]]) {
    slots[to].set(slots[from].subarray(first * width, end * width), first * width);
  }
}

/**
 * Checks that a sequence is in the cache.
 *
 * @throws RangeError when the sequence is not in the cache.
 */
export function checkSequence({ batchSize }: KvCache, sequence: number): void {
  if (!Number.isInteger(sequence) || sequence < 0 || sequence >= batchSize) {
    throw new RangeError(
      `sequence: expected an integer from 0 to ${batchSize - 1}, got ${sequence}`,
    );
  }
}

/** New tokens of some sequences of a cache. */
export interface NewTokens {
  /** The indexes of the sequences in the cache. */
  readonly sequences: readonly number[];
  /** New tokens of each; rows of tokens are padded to the most. */
  readonly counts: readonly number[];
}

/** A layer's part of a cache, for new tokens. */
export function layerCache(
  cache: KvCache,
  layer: number,
  { sequences, counts }: NewTokens,
): LayerCache {
  const feeds = sequences.map((sequence, i) => ({
    keys: cache.keys[layer][cache.slots[sequence]],
    values: cache.values[layer][cache.slots[sequence]],
    past: cache.lengths[sequence],
    count: counts[i],
  }));
  return { layout: cache.layouts[layer], width: cache.width, feeds };
}
