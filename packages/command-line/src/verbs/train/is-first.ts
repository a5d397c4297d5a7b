import type { Ranks } from '@ramble/core';

/**
 * Whether this process reads and writes the run, and speaks for all ranks.
 *
 * @param ranks - Absent for a process alone.
 */
export function isFirst(ranks: Pick<Ranks, 'rank'> | undefined): boolean {
  return ranks === undefined || ranks.rank === 0;
}
