import { checkSequence, copySlot, type KvCache } from './kv-cache.js';

/**
 * Makes sequence i continue from what sequence `sources[i]` has seen, all at once: the survivors of a beam
 * search. A source that one sequence continues is not copied; one that several continue is copied from
 * where it differs from what it replaces.
 *
 * @param sources - The index of the source of each sequence.
 * @throws RangeError when there are more or fewer, or one is not in the cache.
 */
export function reorderSequences(cache: KvCache, sources: ArrayLike<number>): void {
  const { batchSize, lengths, slots } = cache;
  if (sources.length !== batchSize) {
    throw new RangeError(`sources: expected ${batchSize}, one per sequence, got ${sources.length}`);
  }
  const from = Array.from(sources);
  for (const source of from) checkSequence(cache, source);
  const [oldSlots, oldLengths] = [slots.slice(), lengths.slice()];
  // Slots that no output continues from; the others go to the first sequence that needs them.
  const free = new Set(oldSlots);
  for (const source of from) free.delete(oldSlots[source]);
  const taken = new Set<number>();
  from.forEach((source, sequence) => {
    const slot = oldSlots[source];
    lengths[sequence] = oldLengths[source];
    slots[sequence] = taken.has(source) ? nearest(cache, slot, free) : slot;
    taken.add(source);
    free.delete(slots[sequence]);
    copySlot(cache, slot, slots[sequence], lengths[sequence]);
  });
}

/** The one of these slots that has the most in common with another. */
function nearest({ batchSize, shared }: KvCache, slot: number, free: Iterable<number>): number {
  const common = (other: number): number => shared[slot * batchSize + other];
  return [...free].reduce((best, other) => (common(other) > common(best) ? other : best));
}
