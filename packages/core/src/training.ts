export { gradientBuckets, type GradientBucket } from './parameters/gradient-buckets.js';
export { chunkEnds } from './parameters/update-chunks.js';
export { alone, ownUpdates, soleProcess } from './training/alone.js';
export type {
  MakeStrategy,
  ProcessGroup,
  Rounds,
  StepResult,
  StrategySetup,
  TrainingStrategy,
  UpdateMaker,
} from './training/strategy.js';
export { shareOf, updateTotals, wholeShare } from './training/update-plan.js';
