import { positionRow } from '../attention/layer-cache.js';
import { advance } from './advance.js';
import { fitStorage } from './cache-memory.js';
import { checkSlot, copyStorage, growSlot, type KvCache, resetSlot } from './kv-cache.js';
import type { Model } from './model.js';

/**
 * Makes each slot i continue from the contents of slot `sources[i]`, for all slots at once, as beam search
 * needs. A source that only one slot continues is not copied, because the slot gets its storage. A source
 * that several slots continue is copied from the first position that differs.
 *
 * @param sources - Index of the source of each slot.
 * @throws RangeError if the number of sources differs from the number of slots, or a source does not exist.
 */
export function reorderSlots(cache: KvCache, sources: ArrayLike<number>): void {
  const { batchSize, lengths, storage } = cache;
  if (sources.length !== batchSize) {
    throw new RangeError(`sources: expected ${batchSize}, one per slot, got ${sources.length}`);
  }
  const from = Array.from(sources);
  for (const source of from) checkSlot(cache, source);
  const [oldStorage, oldLengths] = [storage.slice(), lengths.slice()];
  // Storage that no slot continues from. The other storage goes to the first slot that continues it.
  const free = new Set(oldStorage);
  for (const source of from) free.delete(oldStorage[source]);
  const taken = new Set<number>();
  from.forEach((source, slot) => {
    const own = oldStorage[source];
    lengths[slot] = oldLengths[source];
    storage[slot] = taken.has(source) ? nearest(cache, own, free) : own;
    taken.add(source);
    free.delete(storage[slot]);
    copyStorage(cache, own, storage[slot], lengths[slot]);
  });
}

/** Returns the free storage that has the longest common start with another storage. */
function nearest({ batchSize, shared }: KvCache, storage: number, free: Iterable<number>): number {
  const common = (other: number): number => shared[storage * batchSize + other];
  return [...free].reduce((best, other) => (common(other) > common(best) ? other : best));
}

/** The new contents of a slot after a slide: newly read tokens, then positions that are kept. */
export interface Slide {
  /** Tokens at the start of the slot, which the model reads now; may be empty. */
  readonly before: readonly number[];
  /** Number of the newest positions that are kept; they follow the tokens `before`. */
  readonly kept: number;
}

/**
 * Drops the oldest positions of a slot, reads the tokens `before`, and puts the newest positions after them
 * unchanged. The kept keys and values still depend on the dropped tokens. Only for models whose positions are
 * movable: see `Decoder.isMovable`.
 *
 * @throws Error if memory is short.
 */
export function slideSlot(
  model: Model,
  cache: KvCache,
  slot: number,
  { before, kept }: Slide,
): void {
  const { layouts, rowLength } = cache;
  const storage = cache.storage[slot];
  const from = cache.lengths[slot] - kept;
  // Layers that see all positions keep them in order, so the kept ones are contiguous.
  const stay = [cache.keys, cache.values].map((all) =>
    layouts.map((layout, layer) => {
      const first = positionRow(layout, from) * rowLength;
      return all[layer][storage].slice(first, first + kept * rowLength);
    }),
  );
  resetSlot(cache, slot);
  if (before.length > 0) advance(model, cache, [{ slot, tokens: before }]);
  fitStorage(cache, storage, before.length + kept);
  [cache.keys, cache.values].forEach((all, i) => {
    layouts.forEach((layout, layer) => {
      all[layer][storage].set(stay[i][layer], positionRow(layout, before.length) * rowLength);
    });
  });
  growSlot(cache, slot, kept);
}
