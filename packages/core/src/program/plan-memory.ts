/** A stretch of memory that some calls need. */
export interface Lifetime {
  /** Number of entries. */
  readonly size: number;
  /** The first and the last call that need it. */
  readonly first: number;
  readonly last: number;
}

/** The places of stretches of memory in one arena. */
export interface MemoryPlan {
  /** The place of each, in entries. */
  readonly offsets: readonly number[];
  /** Entries of the arena. */
  readonly size: number;
}

/**
 * Places stretches of memory so that those that are needed at the same time do not overlap: the largest
 * first, each in the narrowest gap that it fits in.
 *
 * @param alignment - Every place is a multiple of it.
 * @see Pisarchyk and Lee 2020, "Greedy by size for offset calculation", https://arxiv.org/abs/2001.03288
 */
export function planMemory(lifetimes: readonly Lifetime[], alignment: number): MemoryPlan {
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const bySize = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b].size - lifetimes[a].size);
  const placed: number[] = []; // in the order of their offsets
  let size = 0;
  for (const i of bySize) {
    const { first, last, size: own } = lifetimes[i];
    const length = Math.ceil(own / alignment) * alignment;
    let [best, narrowest, end] = [-1, Infinity, 0];
    for (const other of placed) {
      const theirs = lifetimes[other];
      if (theirs.last < first || last < theirs.first) continue;
      const gap = offsets[other] - end;
      if (gap >= length && gap < narrowest) [best, narrowest] = [end, gap];
      const theirEnd = offsets[other] + Math.ceil(theirs.size / alignment) * alignment;
      end = Math.max(end, theirEnd);
    }
    offsets[i] = best >= 0 ? best : end;
    size = Math.max(size, offsets[i] + length);
    const place = placed.findIndex((other) => offsets[other] > offsets[i]);
    placed.splice(place < 0 ? placed.length : place, 0, i);
  }
  return { offsets, size };
}
