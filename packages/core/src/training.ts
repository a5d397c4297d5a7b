export type { ScheduleName } from './config/training-config.js';
export { applyUpdate } from './parameters/create-parameter-store.js';
export { isMuonMatrix, muonFactor, orthogonalize, restOfMuon } from './parameters/muon.js';
export {
  clipFactor,
  type ElementwiseRule,
  type MuonRule,
  type OptimizerName,
  OPTIMIZERS,
  type Slot,
  slotsOf,
  type UpdateRule,
} from './parameters/optimizer.js';
export { chunkEnds, type GradientBucket, gradientBuckets } from './parameters/update-pieces.js';
export { alone, ownUpdates, soleProcess } from './training/alone.js';
export { type CropOptions, streamWindows } from './training/crop-batches.js';
export type { LossReport } from './training/evaluate-loss.js';
export {
  pieceWindows,
  sortedBatches,
  spreadBatches,
  spreadCount,
  type SpreadOptions,
  type UnitScore,
  unitScores,
  windowBatches,
  type WindowOptions,
} from './training/evaluation-batches.js';
export { type ExampleBatchOptions, type ExampleSource } from './training/example-batches.js';
export { lossAndGradients, type LossAndGradients } from './training/gradients.js';
export { createLearner, type Learned, type Learner } from './training/learner.js';
export { trainedOn } from './config/training-config.js';
export { learnPairs } from './training/preference.js';
export { decayStart, learningRateAt } from './training/schedule.js';
export type {
  MakeStrategy,
  ProcessGroup,
  Rounds,
  StepResult,
  StrategySetup,
  TrainingStrategy,
  UpdateMaker,
} from './training/strategy.js';
export { endOf } from './training/train.js';
export type { TakenStep } from './training/take-round.js';
export {
  type TrainingMemory,
  trainingMemory,
  type TrainingSlot,
  trainingSlots,
} from './training/training-memory.js';
export { type FirstPace, trainingPace } from './training/training-pace.js';
export { parseTrainingState } from './training/parse-training-state.js';
export { NEW_TRAINING } from './training/training-state.js';
export { shareOf, updateTotals, wholeShare } from './training/update-plan.js';
