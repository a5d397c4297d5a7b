export type {
  AnyApp,
  AnyAskedApp,
  App,
  AppData,
  Artifact,
  AskedApp,
  ContentOptions,
  DataFields,
  FileArtifact,
  Prompting,
  ReadingOptions,
} from './app/app.js';
export {
  answerFeature,
  APP_FEATURES,
  type Baseline,
  type HuggingFaceForm,
  outputRulesFeature,
  type OutputRules,
  type OutputScore,
  type OutputScoring,
  type RuledOutput,
  scoringFeature,
  type Statistic,
  streamOutputFeature,
  type TextStream,
} from './app/app-features.js';
export { defineFeature, type Feature, type Features } from './app/feature.js';
export * as shape from './app/shape.js';
export type { HeadWeights, PromptAttention } from './study/prompt-attention.js';
export { fitPrompt, type FittedPrompt, outputFormat, outputTokens } from './app/fit-prompt.js';
export { stopInText, type UntilStop, untilStop } from './sampling/stop-texts.js';
export type {
  AttentionInput,
  AttentionKind,
  AttentionSettings,
  Grouped,
  GroupMemory,
  LayerAttention,
  StepAttention,
  WholePass,
} from './attention/attention-kind.js';
export {
  ATTENTION_NAMES,
  type AttentionName,
  type AttentionPattern,
} from './attention/attention-kinds.js';
export type { CacheLayout } from './attention/layer-cache.js';
export { attention } from './attention/ops/attention.js';
export {
  compressedAttention,
  type CompressedMemory,
  groupRows,
  type RowGroups,
} from './attention/ops/compressed-attention.js';
export type {
  AttentionShape,
  AttentionSteps,
  HeadShape,
} from './attention/ops/masked-attention.js';
export { normHeads, type NormedHeads } from './attention/head-norms.js';
export {
  type DistanceParams,
  recurrentAttention,
  type RecurrentShape,
} from './attention/ops/recurrent-attention.js';
export { relativeAttention } from './attention/relative.js';
export type { SegmentMemory } from './attention/segment-memory.js';
export {
  blockSight,
  CAUSAL_SIGHT,
  describedSight,
  PREFIX_SIGHT,
  type Sight,
  windowSight,
} from './attention/sight.js';
export {
  checkSetting,
  checkSettings,
  describeSetting,
  nearestName,
} from './settings/check-settings.js';
export {
  type ArchitectureName,
  ARCHITECTURES,
  MODEL_PRESETS,
  MODEL_SETTINGS,
  modelConfig,
  type ModelConfig,
  type PresetName,
} from './config/model-config.js';
export { foreignAdvice } from './config/foreign-advice.js';
export { FOREIGN_NAMES, foreignNamesOf } from './config/foreign-names.js';
export {
  BEAM_SETTINGS,
  type CheckedSampling,
  SAMPLING_SETTINGS,
  samplingConfig,
  type SamplingConfig,
  SHAPING_SETTINGS,
} from './config/sampling-config.js';
export type {
  BooleanSetting,
  ChoiceSetting,
  NumberSetting,
  ObjectSetting,
  Setting,
  SettingTable,
  StringSetting,
} from './settings/settings.js';
export {
  type ScheduleName,
  TRAINING_SETTINGS,
  trainingConfig,
  type TrainingConfig,
} from './config/training-config.js';
export {
  checkTokenExample,
  checkTokenIds,
  checkTokenPrompt,
} from './domain/check-token-example.js';
export {
  type AnyDomain,
  CHAT_SAMPLING,
  chatSampling,
  type ChatTemplate,
  checkFileName,
  type Domain,
  type DomainFactory,
  type Files,
  fingerprint,
  type Fitted,
  type Grammar,
  type Replacement,
  type TokenExample,
  type TokenPrompt,
  type Vocabulary,
} from './domain/domain.js';
export {
  allowedIds,
  type FollowedOutput,
  followGrammar,
  type GrammarDomain,
} from './domain/follow-grammar.js';
export {
  cutSource,
  pairExample,
  type PairOptions,
  pairPrompt,
  type TokenPair,
} from './domain/pair-example.js';
export {
  type Engine,
  type LoadedEngine,
  loadFirstEngine,
  registerEngine,
} from './engine/engine.js';
export {
  type ByteSink,
  type ByteSource,
  type Clock,
  type DataFile,
  memoryBytes,
  memoryTokens,
  type TokenSource,
} from './files/bytes.js';
export { decodeText, fileLines } from './files/text.js';
export { advance, type AdvanceOptions, advanceWatched } from './model/advance.js';
export { type Feed, rowsFor } from './model/cache-memory.js';
export {
  batchLoss,
  forward,
  forwardOps,
  type ForwardOptions,
  logitsOf,
  type TokenBatch,
  type TrainingBatch,
  wholePass,
} from './model/forward.js';
export {
  copySlot,
  createKvCache,
  type KvCache,
  resetSlot,
  truncateSlot,
} from './model/kv-cache.js';
export type { LoweredModel, ModelOp, Value } from './model/lower-model.js';
export { type Decoder, decoderOf, type Layer } from './model/decoder.js';
export {
  createModel,
  emptyModel,
  type Model,
  type ModelSizes,
  resizeModel,
  withConfig,
  withTrainingHeads,
} from './model/model.js';
export { modelOf } from './model/model-in-use.js';
export { reorderSlots } from './model/reorder-slots.js';
export type {
  DecodingStep,
  StepEngine,
  StepFeed,
  StepModel,
  StepRunner,
  StepRunnerFactory,
} from './model/run-steps.js';
export { decodingLayout } from './model/step-runner-of.js';
export {
  block,
  embed,
  residualStreams,
  transformer,
  type TransformerOps,
} from './model/transformer.js';
export { crossEntropy, type CrossEntropyOptions, type Losses } from './ops/cross-entropy.js';
export {
  type Attributes,
  composedKernelOf,
  currentEngine,
  type Inputs,
  type KernelEngine,
  registerComposedKernels,
} from './ops/define-op.js';
export { type Dropout, dropout, dropoutFactors, NO_DROPOUT, residual } from './ops/dropout.js';
export { embedding } from './ops/embedding.js';
export { type GateActivation, gated, gelu } from './ops/activations.js';
export { layerNorm, type NormParams } from './ops/layer-norm.js';
export { type Activation, linear, type LinearParams } from './ops/linear.js';
export { rmsNorm } from './ops/rms-norm.js';
export { rotateHeads, type RotatedHeads } from './positions/ops/rotate-heads.js';
export { type Rotation, rotationAngles } from './positions/rotary.js';
export { type Lifetime, type MemoryPlan, planMemory } from './program/plan-memory.js';
export type {
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
export { trainingHeads } from './model/training-heads.js';
export { ACTIVATION_KINDS, type ActivationKind } from './parameters/activations.js';
export {
  applyUpdate,
  clipFactor,
  type OptimizerName,
  OPTIMIZERS,
  type Slot,
  slotsOf,
  type UpdateRule,
} from './parameters/optimizer.js';
export {
  type FrozenParameterStore,
  frozenParameterStore,
} from './parameters/frozen-parameter-store.js';
export {
  type FlatParameters,
  flatParameters,
  flatParameterStore,
  type PiecesToUpdate,
  type UpdateKernels,
} from './parameters/flat-parameter-store.js';
export { chunkSums, normOf, type Piece, type PieceUpdates } from './parameters/update-pieces.js';
export { createParameterStore } from './parameters/create-parameter-store.js';
export { encodeFloat16, float16Values } from './parameters/float16.js';
export type { BlockFormat } from './parameters/block-format.js';
export type { BlockMatrix } from './parameters/block-matrix.js';
export { putRows } from './parameters/row-format.js';
export {
  FORMAT_CHOICES,
  formatFor,
  formatOfGgml,
  FORMATS,
  narrowest,
} from './parameters/weight-formats.js';
export {
  type BlockForm,
  type FileForm,
  type FormatName,
  inputsOf,
  type LayoutName,
  type MatrixLayout,
  type MatrixShape,
  matrixShape,
  type StoredNumbers,
  type WeightFormat,
  type WeightMatrix,
} from './parameters/weight-format.js';
export { type Initializer, type ParameterSpec, sizeOf } from './parameters/parameter.js';
export {
  type BlockRow,
  countParameters,
  parameterSpecs,
  type ParameterTally,
  parameterTally,
  type TallyRow,
} from './model/model-parameters.js';
export type {
  Float16Rounding,
  ParameterEngine,
  ParameterStore,
  ParameterStoreFactory,
  ParameterUpdate,
  UpdatedNumbers,
} from './parameters/parameter-store.js';
export { type ShownTensors, shownTensors } from './parameters/shown-tensors.js';
export {
  philoxKey,
  type Purpose,
  type Random,
  type RandomAddress,
  randomAt,
  randomBits,
} from './random/random.js';
export {
  createExplorer,
  type Explorer,
  likeliestTokens,
  type NextToken,
} from './sampling/explorer.js';
export type { LogitBias, TokenRules } from './sampling/filters/logit-filters.js';
export {
  type DoubleSoftmax,
  logitEntropy,
  logSumExp,
  softmax,
  type SoftmaxEngine,
} from './sampling/filters/softmax.js';
export {
  type BeamEnd,
  type BeamOptions,
  type Beams,
  createBeams,
  type FinishedBeam,
} from './sampling/beams.js';
export { largestTokens } from './sampling/largest-tokens.js';
export type { LookupCounts } from './sampling/prompt-lookup.js';
export {
  nothingRemains,
  type SamplingChoice,
  type SamplingOptions,
  samplingRules,
  type SamplingRules,
  type TokenOptions,
} from './sampling/sampling-rules.js';
export { scoreContinuation, type ScoredToken, scoreExample } from './sampling/score-example.js';
export {
  type ChosenToken,
  createSequence,
  type Pending,
  type Sequence,
  type SequenceEnd,
  type SequenceEvent,
  type SequenceOptions,
} from './sampling/sequence.js';
export { promptWindow } from './sampling/prompt-window.js';
export {
  checkOutputCount,
  driveScheduler,
  type GenerateOptions,
  type GenerationEnd,
  type GenerationEvent,
  nextTurn,
  type OutputEvent,
  type WritingOptions,
} from './scheduling/generation.js';
export { generate } from './scheduling/generate.js';
export {
  type SampledOutput,
  sampledOutput,
  type SampledOutputOptions,
  searchedOutput,
  type SearchedOutputOptions,
} from './scheduling/outputs.js';
export type {
  NextRead,
  ScheduledRequest,
  ScheduledSequence,
} from './scheduling/scheduled-sequence.js';
export { createScheduler, type Scheduler, type SchedulerOptions } from './scheduling/scheduler.js';
export {
  type BatchSource,
  exampleBatches,
  type ExampleBatchOptions,
  type ExampleSource,
  packExamples,
  usefulShare,
} from './training/example-batches.js';
export {
  type Crop,
  cropBatches,
  cropOf,
  type CropOptions,
  pieceBatches,
  putBefore,
} from './training/crop-batches.js';
export {
  NEW_TRAINING,
  parseTrainingState,
  TrainingDivergedError,
  type TrainingState,
} from './training/training-state.js';
export { evaluateLoss, type LossReport } from './training/evaluate-loss.js';
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
export { streamBatches, streamWindows } from './training/stream-batches.js';
export { createLearner, type Learned, type Learner } from './training/learner.js';
export type { TakenStep } from './training/take-round.js';
export { lossAndGradients, type LossAndGradients } from './training/gradients.js';
export { decayStart, learningRateAt } from './training/schedule.js';
export {
  train,
  type TrainingReport,
  type TrainingResult,
  type TrainOptions,
} from './training/train.js';
export { type FirstPace, trainingPace } from './training/training-pace.js';
export {
  type TrainingMemory,
  trainingMemory,
  type TrainingSlot,
  trainingSlots,
} from './training/training-memory.js';
