import { LostRankError } from './lost-rank-error.js';
import type { Ranks } from './ranks.js';

/**
 * Does work in which ranks need one another. Where some of them end meanwhile, and the others can go on, those
 * do it again from the beginning until all that are left have done it.
 *
 * @param ranks - Absent for a process alone.
 * @param work - Leaves nothing behind but its result, and reads the number of ranks anew each time.
 */
export async function doTogether<T>(
  ranks: Pick<Ranks, 'recovery'> | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const recovery = ranks?.recovery;
  if (!recovery) return work();
  for (;;) {
    const [own] = await Promise.allSettled([work()]);
    const isDone = own.status === 'fulfilled';
    if (!isDone && !(own.reason instanceof LostRankError)) throw own.reason;
    if ((await recovery.agree(isDone)) && isDone) return own.value;
    await recovery.shrink();
  }
}
