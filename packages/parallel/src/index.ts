export { inMemoryRanks, LostRankError, type RankRecovery, type Ranks } from './ranks/ranks.js';
export { dataParallel } from './strategies/data-parallel.js';
export { localUpdates } from './strategies/local-updates.js';
export { keepOwnSlots, shardedOptimizer, slotReader } from './strategies/sharded-optimizer.js';
export {
  checkRanks,
  strategyFor,
  type StrategyOptions,
  strategyOptions,
  surviving,
} from './strategies/strategy-for.js';
