import { LostRankError, type RankRecovery, type Ranks } from '../ranks/ranks.js';

import type { Addon } from './addon/load-addon.js';

/** What mpirun sets to 1 where it was told to leave ranks alone when others end. */
export const RECOVERY_VARIABLE = 'OMPI_MCA_mpi_ft_enable';

/**
 * Makes the library end without the launcher's barrier, which waits for ever, now and then, for a rank that was
 * killed. The ranks that are left meet in a barrier of their own before it. What the user has set stays.
 */
export function endWithoutLauncher(): void {
  process.env.OMPI_MCA_async_mpi_finalize ??= '1'; // the library reads it as it starts
}

interface MpiRecovery extends RankRecovery {
  /** This process among those that are left. */
  readonly place: Pick<Ranks, 'rank' | 'count'>;
  /** An operation, whose error is that a rank has ended. */
  ended<T>(work: Promise<T>): Promise<T>;
}

/** Recovery by User Level Failure Mitigation (MPI Forum's proposal of 2012; Bland et al. 2013). */
export function rankRecovery(
  addon: Pick<Addon, 'agree' | 'shrink'>,
  { rank, count }: Pick<Ranks, 'rank' | 'count'>,
): MpiRecovery {
  const place = { rank, count };
  return {
    place,
    ended: async (work) => {
      try {
        return await work;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new LostRankError(reason, { cause: error });
      }
    },
    agree: (isDone) => addon.agree(isDone),
    shrink: async () => {
      Object.assign(place, await addon.shrink());
      if (place.rank > 0 || rank === 0) return;
      throw new Error(
        'ranks: expected the first one to go on, which has the run, got its end; train --resume goes on from the last checkpoint',
      );
    },
  };
}
