import type { ModelConfig, TrainingConfig } from '@ramble/core';
import { alone, learnPairs, type MakeStrategy } from '@ramble/core/training';

import { LostRankError, type RankRecovery, type Ranks } from '../ranks/ranks.js';
import { dataParallel } from './data-parallel.js';
import { localUpdates } from './local-updates.js';
import { checkShares } from './rank-group.js';
import { shardedOptimizer } from './sharded-optimizer.js';

/** Options of a strategy that are not settings of the run, because the model has the same bits with any of them. */
export interface StrategyOptions {
  /** Whether each rank keeps and updates only the moments of a part of the parameters (ZeRO-1). */
  readonly shardOptimizer?: boolean;
}

/** Picks the options of a strategy from the flags of a command. */
export function strategyOptions({ shardOptimizer }: StrategyOptions): StrategyOptions {
  return { shardOptimizer };
}

/**
 * Returns the strategy for the settings of a training.
 *
 * @param ranks - The processes that train together; absent for a process that trains alone.
 * @throws RangeError, when the strategy is called, for settings that `checkRanks` refuses.
 */
export function strategyFor(ranks: Ranks | undefined, options: StrategyOptions = {}): MakeStrategy {
  return learnPairs((setup) => {
    const { model, config } = setup;
    const isLocal = config.syncEvery > 0;
    if (!ranks) return (isLocal ? localUpdates() : alone)(setup);
    checkRanks(ranks, model.config, config, options);
    const sharing = options.shardOptimizer ? shardedOptimizer : dataParallel;
    const make = isLocal ? localUpdates(ranks) : sharing(ranks);
    return (ranks.recovery ? surviving(make, ranks.recovery) : make)(setup);
  });
}

/**
 * Checks that ranks can divide the updates of a training.
 *
 * @throws RangeError for settings that exclude one another, for more ranks than micro-batches, and for a
 *   model whose micro-batches depend on one another.
 */
export function checkRanks(
  ranks: Pick<Ranks, 'count' | 'recovery'>,
  model: ModelConfig,
  training: Pick<TrainingConfig, 'gradAccumSteps' | 'syncEvery' | 'optimizer'>,
  { shardOptimizer = false }: StrategyOptions = {},
): void {
  const { syncEvery } = training;
  if (shardOptimizer && syncEvery > 0) {
    throw new RangeError(
      `syncEvery: expected 0 with shardOptimizer, as moments of ranks that train alone are their own, got ${syncEvery}`,
    );
  }
  if (shardOptimizer && training.optimizer === 'muon') {
    throw new RangeError(
      'optimizer: expected adamw, adam or sgd with shardOptimizer, as muon updates whole matrices, got muon',
    );
  }
  if (ranks.recovery && (shardOptimizer || syncEvery > 0)) {
    const got = shardOptimizer ? 'shardOptimizer' : `syncEvery ${syncEvery}`;
    throw new RangeError(
      `survive: expected moments that all ranks have, as a rank that ends takes its own with it, got ${got}`,
    );
  }
  checkShares(ranks, model, training);
}

/**
 * Returns a strategy that continues when some ranks end. Work in which ranks depend on one another is
 * repeated from the beginning, until all remaining ranks have completed it.
 *
 * @param make - Makes a strategy whose ranks have no separate state, such as `dataParallel`. The strategy
 *   must read the number of ranks again each time.
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
