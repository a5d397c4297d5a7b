export { chunkEnds, type GradientBucket, gradientBuckets } from './parameters/update-pieces.js';
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
