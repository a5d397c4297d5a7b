import type { Ranks } from '@ramble/core';

import { AgreedError } from '../../verb/exit-errors.js';

/**
 * Does some work on every rank. Where it fails on some of them, it fails on all, and the first of those
 * tells why.
 *
 * @param ranks - Absent for a process alone.
 * @throws AgreedError of the error.
 */
export async function together<T>(ranks: Ranks | undefined, work: () => Promise<T>): Promise<T> {
  if (!ranks) return work();
  const [own] = await Promise.allSettled([work()]);
  const flags = await ranks.gather(Uint8Array.of(own.status === 'rejected' ? 1 : 0));
  const failed = flags.findIndex(([flag]) => flag === 1);
  if (own.status === 'rejected') throw new AgreedError(own.reason, failed === ranks.rank);
  if (failed >= 0) throw new AgreedError(new Error(`rank ${failed} has failed`), false);
  return own.value;
}
