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
export { fitPrompt, type FittedPrompt } from './app/fit-prompt.js';
export { outputFormat } from './app/output-format.js';
export { outputTokens } from './app/output-tokens.js';
export { stopInText } from './sampling/stop-in-text.js';
export { type UntilStop, untilStop } from './sampling/until-stop.js';
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
} from './attention/ops/compressed-attention.js';
export { groupRows, type RowGroups } from './attention/ops/group-rows.js';
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
export { checkSetting, checkSettings, describeSetting } from './settings/check-settings.js';
export { MODEL_SETTINGS, modelConfig, type ModelConfig } from './config/model-config.js';
export { foreignAdvice } from './config/foreign-advice.js';
export { FOREIGN_NAMES, foreignNamesOf } from './config/foreign-names.js';
export { nearestName } from './settings/nearest-name.js';
export { type ArchitectureName, ARCHITECTURES } from './config/architectures.js';
export { MODEL_PRESETS, type PresetName } from './config/presets.js';
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
export { CHAT_SAMPLING, chatSampling, type ChatTemplate } from './domain/chat-template.js';
export type {
  AnyDomain,
  Domain,
  DomainFactory,
  Files,
  Fitted,
  Grammar,
  Replacement,
  TokenExample,
  TokenPrompt,
  Vocabulary,
} from './domain/domain.js';
export { fingerprint } from './domain/fingerprint.js';
export { checkFileName } from './domain/check-file-name.js';
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
export type { Engine } from './engine/engine.js';
export { type LoadedEngine, registerEngine } from './engine/loaded-engine.js';
export { loadFirstEngine } from './engine/load-first-engine.js';
export type { ByteSink, ByteSource } from './files/bytes.js';
export type { Clock } from './files/clock.js';
export type { DataFile } from './files/data-file.js';
export { decodeText } from './files/decode-text.js';
export { fileLines } from './files/file-lines.js';
export { memoryBytes } from './files/memory-bytes.js';
export { memoryTokens, type TokenSource } from './files/token-source.js';
export { advance, type AdvanceOptions, advanceWatched } from './model/advance.js';
export type { Feed } from './model/feed.js';
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
export { rowsFor } from './model/cache-memory.js';
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
  withConfig,
  withTrainingHeads,
} from './model/model.js';
export { modelOf } from './model/model-in-use.js';
export { reorderSlots } from './model/reorder-slots.js';
export { type ModelSizes, resizeModel } from './model/resize-model.js';
export type {
  DecodingStep,
  StepEngine,
  StepFeed,
  StepModel,
  StepRunner,
  StepRunnerFactory,
} from './model/step-runner.js';
export { decodingLayout } from './model/step-runner-of.js';
export {
  block,
  embed,
  residualStreams,
  transformer,
  type TransformerOps,
} from './model/transformer.js';
export { crossEntropy, type CrossEntropyOptions, type Losses } from './ops/cross-entropy.js';
export { currentEngine, type KernelEngine } from './ops/current-engine.js';
export {
  type Attributes,
  composedKernelOf,
  type Inputs,
  registerComposedKernels,
} from './ops/define-op.js';
export { type Dropout, dropout, dropoutFactors, NO_DROPOUT, residual } from './ops/dropout.js';
export { embedding } from './ops/embedding.js';
export { gated, type GateActivation } from './ops/gated.js';
export { gelu } from './ops/gelu.js';
export { layerNorm, type NormParams } from './ops/layer-norm.js';
export { type Activation, linear, type LinearParams } from './ops/linear.js';
export { rmsNorm } from './ops/rms-norm.js';
export { rotateHeads, type RotatedHeads } from './positions/ops/rotate-heads.js';
export { type Rotation, rotationAngles } from './positions/rotary.js';
export { type Lifetime, type MemoryPlan, planMemory } from './program/plan-memory.js';
export type {
  InstructionSets,
  ProgramResult,
  ReadyProgram,
  Trainer,
  TrainingEngine,
} from './program/training-engine.js';
export type {
  ProgramCall,
  ProgramValue,
  TrainingProgram,
  ValueSource,
} from './program/training-program.js';
export { trainingHeads } from './model/training-heads.js';
export { ACTIVATION_KINDS, type ActivationKind } from './parameters/activations.js';
export { applyUpdate } from './parameters/apply-update.js';
export {
  type FrozenParameterStore,
  frozenParameterStore,
} from './parameters/frozen-parameter-store.js';
export { type FlatParameters, flatParameters } from './parameters/flat-parameters.js';
export {
  flatParameterStore,
  type PiecesToUpdate,
  type UpdateKernels,
} from './parameters/flat-parameter-store.js';
export { chunkSums, normOf } from './parameters/update-chunks.js';
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
export { clipFactor } from './parameters/clip-factor.js';
export {
  type OptimizerName,
  OPTIMIZERS,
  type Slot,
  slotsOf,
  type UpdateRule,
} from './parameters/optimizer.js';
export { type Initializer, type ParameterSpec, sizeOf } from './parameters/parameter.js';
export { parameterSpecs } from './model/model-parameters.js';
export {
  type BlockRow,
  countParameters,
  type ParameterTally,
  parameterTally,
  type TallyRow,
} from './model/parameter-tally.js';
export type { Float16Rounding, ParameterEngine } from './parameters/parameter-engine.js';
export type { Piece, PieceUpdates } from './parameters/piece-updates.js';
export type {
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
export { createExplorer, type Explorer } from './sampling/explorer.js';
export type { LogitBias } from './sampling/filters/bias-sequences.js';
export type { TokenRules } from './sampling/filters/logit-filters.js';
export { logitEntropy, logSumExp, softmax } from './sampling/filters/softmax.js';
export type { DoubleSoftmax, SoftmaxEngine } from './sampling/filters/softmax-engine.js';
export {
  type BeamEnd,
  type BeamOptions,
  type Beams,
  createBeams,
  type FinishedBeam,
} from './sampling/beams.js';
export { largestTokens } from './sampling/largest-tokens.js';
export { likeliestTokens, type NextToken } from './sampling/likeliest-tokens.js';
export type { LookupCounts } from './sampling/prompt-lookup.js';
export {
  nothingRemains,
  type SamplingChoice,
  type SamplingOptions,
  samplingRules,
  type SamplingRules,
  type TokenOptions,
} from './sampling/sampling-rules.js';
export { scoreContinuation, type ScoredToken } from './sampling/score-continuation.js';
export { scoreExample } from './sampling/score-example.js';
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
export { driveScheduler, nextTurn } from './scheduling/drive-scheduler.js';
export { generate } from './scheduling/generate.js';
export {
  checkOutputCount,
  type GenerateOptions,
  type GenerationEnd,
  type GenerationEvent,
  type OutputEvent,
  type WritingOptions,
} from './scheduling/generation.js';
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
export type { BatchSource } from './training/batch-source.js';
export { cropBatches, type CropOptions } from './training/crop-batches.js';
export { TrainingDivergedError } from './training/diverged-error.js';
export { evaluateLoss, type LossReport } from './training/evaluate-loss.js';
export {
  sortedBatches,
  pieceWindows,
  windowBatches,
  type WindowOptions,
} from './training/evaluation-batches.js';
export {
  type ExampleBatchOptions,
  exampleBatches,
  type ExampleSource,
  usefulShare,
} from './training/example-batches.js';
export { streamBatches, streamWindows } from './training/stream-batches.js';
export { parseTrainingState } from './training/parse-training-state.js';
export { packExamples } from './training/pack-examples.js';
export { type Crop, cropOf, putBefore } from './training/crop-example.js';
export { pieceBatches } from './training/piece-batches.js';
export { spreadBatches, spreadCount, type SpreadOptions } from './training/spread-batches.js';
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
export { type TrainingSlot, trainingSlots } from './training/training-slots.js';
export { type TrainingMemory, trainingMemory } from './training/training-memory.js';
export { type UnitScore, unitScores } from './training/unit-scores.js';
export { NEW_TRAINING, type TrainingState } from './training/training-state.js';
