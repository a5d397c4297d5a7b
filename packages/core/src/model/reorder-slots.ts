import { checkSlot, copyStorage, type KvCache } from './kv-cache.js';

/**
 * Makes each slot i continue from the contents of slot `sources[i]`, all at once, as a beam search does. A source
 * that one slot continues is not copied, because the slot gets its storage. A source that several slots continue
 * is copied, from the first position that differs.
 *
 * @param sources - Index of the source of each slot.
 * @throws RangeError for another number of sources than slots, or a source that does not exist.
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

/** The free storage that shares the most first positions with another. */
function nearest({ batchSize, shared }: KvCache, storage: number, free: Iterable<number>): number {
  const common = (other: number): number => shared[storage * batchSize + other];
  return [...free].reduce((best, other) => (common(other) > common(best) ? other : best));
}
