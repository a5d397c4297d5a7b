import { pairSums } from './pair-sums.js';
import type { Ranks } from './ranks.js';

/** The micro-batches of an update that are one rank's. */
export interface RankShare {
  readonly start: number;
  /** The micro-batch after the last one. */
  readonly end: number;
  /**
   * The number of additions that are due after each of them: the sum so far of the last micro-batches is
   * added to the one that has waited the shortest, and so on. After the last one a single sum is left.
   */
  readonly additions: readonly number[];
}

/**
 * Shares out the micro-batches of an update, and says in which order they are added up: pairs first, then
 * pairs of pairs, so that at most log2 of their number wait. All of them are the root of a tree, each half
 * is a branch, and the share of rank r of N is that from `count * r / N` to `count * (r + 1) / N`. Where N
 * is a power of 2, shares are branches: ranks that add theirs up as this does, and then pairs of ranks,
 * come to the bits of one process.
 *
 * @param count - Micro-batches of an update, at least 1; a rank has none where there are more ranks.
 */
export function rankShare(
  count: number,
  { rank, count: ranks }: Pick<Ranks, 'rank' | 'count'>,
): RankShare {
  const start = Math.floor((count * rank) / ranks);
  const end = Math.floor((count * (rank + 1)) / ranks);
  const additions = new Array<number>(end - start).fill(0);
  /** @param branch - Of as many as there are at its height. */
  const visit = (branch: number, branches: number): boolean => {
    const first = Math.floor((count * branch) / branches);
    const after = Math.floor((count * (branch + 1)) / branches);
    if (after - first < 2) return after > first;
    const [left, right] = [visit(2 * branch, 2 * branches), visit(2 * branch + 1, 2 * branches)];
    if (left && right) additions[after - 1 - start]++;
    return true;
  };
  visit(rank, ranks);
  return { start, end, additions };
}

/** Adds up numbers of a share's micro-batches in its order. */
export function sumInPairs(
  numbers: readonly number[],
  { additions }: Pick<RankShare, 'additions'>,
): number {
  const sums = pairSums((sum: number, waiting: number) => sum + waiting);
  numbers.forEach((number, i) => {
    sums.add(number, additions[i]);
  });
  return sums.result();
}

/** The share of a process that trains alone: all micro-batches. */
export function wholeShare(count: number): RankShare {
  return rankShare(count, { rank: 0, count: 1 });
}
