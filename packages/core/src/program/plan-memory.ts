/** A block of memory that is needed from one call of a program to a later one. */
export interface Lifetime {
  /** Number of entries of the block. */
  readonly size: number;
  /** Index of the first call that needs the block; `last` is the index of the last one. */
  readonly first: number;
  readonly last: number;
}

/** The places of blocks of memory in one arena. */
export interface MemoryPlan {
  /** Offset of each block, in entries. */
  readonly offsets: readonly number[];
  /** Number of entries of the arena. */
  readonly size: number;
}

/** Maximum factor by which the arena may grow so that only blocks of equal size share a place. */
const MAX_GROWTH = 1.125;

/**
 * Places blocks of memory so that blocks that are needed at the same time do not overlap. If the arena grows
 * little, only blocks of equal size share a place. These mostly contain rows of one width, so a thread writes
 * the same part of the place in every call, and its core still has that part in its cache.
 *
 * @param alignment - Alignment of the places, in entries.
 */
export function planMemory(lifetimes: readonly Lifetime[], alignment: number): MemoryPlan {
  const dense = place(lifetimes, alignment, () => true);
  const bySize = place(lifetimes, alignment, (a, b) => a.size === b.size);
  return bySize.size <= MAX_GROWTH * dense.size ? bySize : dense;
}

/**
 * Places the largest blocks first, each in the narrowest gap in which it fits.
 *
 * @param mayShare - Whether two blocks that are not needed at the same time may overlap.
 * @see Pisarchyk and Lee 2020, "Greedy by size for offset calculation", https://arxiv.org/abs/2001.03288
 */
function place(
  lifetimes: readonly Lifetime[],
  alignment: number,
  mayShare: (a: Lifetime, b: Lifetime) => boolean,
): MemoryPlan {
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const bySize = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b].size - lifetimes[a].size);
  const placed: number[] = []; // in the order of their offsets
  let size = 0;
  for (const i of bySize) {
    const mine = lifetimes[i];
    const length = Math.ceil(mine.size / alignment) * alignment;
    let [best, narrowest, end] = [-1, Infinity, 0];
    for (const other of placed) {
      const neighbour = lifetimes[other];
      const isApart = neighbour.last < mine.first || mine.last < neighbour.first;
      if (isApart && mayShare(mine, neighbour)) continue;
      const gap = offsets[other] - end;
      if (gap >= length && gap < narrowest) [best, narrowest] = [end, gap];
      const theirEnd = offsets[other] + Math.ceil(neighbour.size / alignment) * alignment;
      end = Math.max(end, theirEnd);
    }
    offsets[i] = best >= 0 ? best : end;
    size = Math.max(size, offsets[i] + length);
    const at = placed.findIndex((other) => offsets[other] > offsets[i]);
    placed.splice(at < 0 ? placed.length : at, 0, i);
  }
  return { offsets, size };
}
