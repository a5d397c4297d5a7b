import { checkSlot, copyStorage, type KvCache } from './kv-cache.js';

/**
 * Makes sequence i continue from what sequence `sources[i]` has seen, all at once: the survivors of a beam
 * search. A source that one sequence continues is not copied; one that several continue is copied from
 * where it differs from what it replaces.
 *
 * @param sources - The index of the source of each sequence.
 * @throws RangeError when there are more or fewer, or one is not in the cache.
 */
export function reorderSlots(cache: KvCache, sources: ArrayLike<number>): void {
  const { batchSize, lengths, storage } = cache;
  if (sources.length !== batchSize) {
    throw new RangeError(`sources: expected ${batchSize}, one per slot, got ${sources.length}`);
  }
  const from = Array.from(sources);
  for (const source of from) checkSlot(cache, source);
  const [oldStorage, oldLengths] = [storage.slice(), lengths.slice()];
  // Slots that no output continues from; the others go to the first sequence that needs them.
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

/** The one of these slots that has the most in common with another. */
function nearest({ batchSize, shared }: KvCache, storage: number, free: Iterable<number>): number {
  const common = (other: number): number => shared[storage * batchSize + other];
  return [...free].reduce((best, other) => (common(other) > common(best) ? other : best));
}
