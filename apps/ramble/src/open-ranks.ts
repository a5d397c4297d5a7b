import type { Ranks } from '@ramble/core';

/**
 * Joins the processes that a launcher of MPI has started with this one.
 *
 * @returns undefined where none has, and then opens no library.
 */
export async function openRanks(): Promise<Ranks | undefined> {
  const { isLaunched, openRanks: open } = await import('@ramble/mpi');
  return isLaunched(process.env) ? open() : undefined;
}
