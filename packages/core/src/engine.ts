export type { CacheLayout } from './attention/layer-cache.js';
export { PRECISIONS } from './config/training-config.js';
export { attention } from './attention/masked.js';
export {
  compressedAttention,
  type CompressedMemory,
  type GroupAttributes,
  groupRows,
} from './attention/ops/compressed-attention.js';
export type {
  AttentionShape,
  AttentionSteps,
  HeadShape,
} from './attention/ops/masked-attention.js';
export {
  type DistanceParams,
  recurrentAttention,
  type RecurrentShape,
} from './attention/ops/recurrent-attention.js';
export {
  blockMask,
  CAUSAL_MASK,
  describedMask,
  PREFIX_MASK,
  type AttentionMask,
  windowMask,
} from './attention/attention-mask.js';
export type { Engine, LoadedEngine } from './engine/engine.js';
export { type Feed, rowsFor } from './model/cache-memory.js';
export type { LoweredModel, ModelOp, Value } from './model/lower-model.js';
export { decodingLayout } from './model/step-runners.js';
export { type GateActivation, gated, gelu, geluOf } from './ops/activations.js';
export {
  crossEntropy,
  type CrossEntropyOptions,
  type Losses,
  lossNumbers,
} from './ops/cross-entropy.js';
export {
  type Attributes,
  composedKernelOf,
  currentEngine,
  type Inputs,
  type KernelEngine,
  kernelFunc,
  registerComposedKernels,
  type TensorKernel,
} from './ops/define-op.js';
export {
  type Dropout,
  dropout,
  dropoutFactors,
  dropoutOf,
  NO_DROPOUT,
  residual,
} from './ops/dropout.js';
export { embedding } from './ops/embedding.js';
export { layerNorm, type NormParams, rmsNorm } from './ops/normalize.js';
export {
  type Activation,
  bfloat16Bits,
  frozenLinear,
  linear,
  type LinearParams,
  type Precision,
} from './ops/linear.js';
export { createParameterStore } from './parameters/create-parameter-store.js';
export {
  type FlatParameters,
  flatParameters,
  flatParameterStore,
  type UpdateKernels,
} from './parameters/flat-parameter-store.js';
export {
  type Float16Rounding,
  type ParameterEngine,
  type ParameterStore,
  type ParameterStoreFactory,
  type ParameterUpdate,
  type PiecesToUpdate,
  type ShownTensors,
  shownTensors,
  type UpdatedNumbers,
} from './parameters/parameter-store.js';
export { type Initializer, type ParameterSpec, sizeOf } from './parameters/parameter.js';
export { putRows } from './parameters/row-format.js';
export { chunkSums, normOf, type Piece, type PieceUpdates } from './parameters/update-pieces.js';
export { type RotatedHeads, rotateHeads } from './positions/positions.js';
export { type Rotation, rotationAngles } from './positions/rotary.js';
export { type Lifetime, type MemoryPlan, planMemory } from './program/plan-memory.js';
export { recordProgram } from './program/record-program.js';
export type {
  BatchComputations,
  InstructionSets,
  ProgramCall,
  ProgramResult,
  ProgramValue,
  ReadyProgram,
  Trainer,
  TrainingEngine,
  TrainingProgram,
  ValueSource,
} from './program/training-engine.js';
export { partsMask } from './parameters/lora.js';
