import type { MakeStrategy } from '@ramble/core/training';

import { LostRankError, type RankRecovery } from '../ranks/ranks.js';

/**
 * A strategy of ranks that go on when some of them end: work in which ranks need one another is done again from
 * the beginning, until all that are left have done it.
 *
 * @param make - Makes a strategy that leaves nothing on a rank alone, such as `dataParallel`; it reads the
 *   number of ranks anew each time.
 */
export function surviving(make: MakeStrategy, recovery: RankRecovery): MakeStrategy {
  const together = async <T>(work: () => Promise<T>): Promise<T> => {
    for (;;) {
      const [own] = await Promise.allSettled([work()]);
      const isDone = own.status === 'fulfilled';
      if (!isDone && !(own.reason instanceof LostRankError)) throw own.reason;
      if ((await recovery.agree(isDone)) && isDone) return own.value;
      await recovery.shrink();
    }
  };
  return (setup) => {
    const strategy = make(setup);
    const { group } = strategy;
    const once: typeof group.once = (makeNumber) => {
      let made: Promise<number> | undefined;
      return together(() => group.once(() => (made ??= makeNumber())));
    };
    const meet = (): Promise<void> => together(() => group.meet());
    return { ...strategy, group: { ...group, together, meet, once } };
  };
}
