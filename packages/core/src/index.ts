export type {
  AnyApp,
  AnyInferenceApp,
  App,
  Artifact,
  InferenceApp,
  ReadingOptions,
} from './app/app.js';
export {
  MODEL_PRESETS,
  MODEL_SETTINGS,
  modelConfig,
  type ModelConfig,
} from './config/model-config.js';
export {
  SAMPLING_SETTINGS,
  samplingConfig,
  type SamplingConfig,
} from './config/sampling-config.js';
export {
  TRAINING_SETTINGS,
  trainingConfig,
  type TrainingConfig,
} from './config/training-config.js';
export {
  type AnyDomain,
  type Domain,
  type DomainFactory,
  type Files,
  fingerprint,
  type Fitted,
  type Grammar,
  type TokenExample,
  type TokenPrompt,
  type Vocabulary,
} from './domain/domain.js';
export { followGrammar } from './domain/follow-grammar.js';
export { pairExample, pairPrompt } from './domain/pair-example.js';
export { loadFirstEngine, registerEngine } from './engine/engine.js';
export { type Clock, type DataFile, memoryTokens } from './files/bytes.js';
export { decodeText, fileLines } from './files/text.js';
export type { TrainingBatch } from './model/forward.js';
export { createModel, type Model } from './model/model.js';
export { type Random, randomAt } from './random/random.js';
export { createExplorer } from './sampling/explorer.js';
export { scoreContinuation, scoreExample } from './sampling/score-example.js';
export { embedPrompts } from './scheduling/embed-prompts.js';
export { generate } from './scheduling/generate.js';
export type { GenerateOptions, GenerationEvent } from './scheduling/generation.js';
export { checkSettings } from './settings/check-settings.js';
export type { SettingTable } from './settings/settings.js';
export { cropBatches, pieceBatches, streamBatches } from './training/crop-batches.js';
export { evaluateLoss } from './training/evaluate-loss.js';
export { type BatchSource, exampleBatches, packExamples } from './training/example-batches.js';
export {
  train,
  type TrainingReport,
  type TrainingResult,
  type TrainOptions,
} from './training/train.js';
export { TrainingDivergedError, type TrainingState } from './training/training-state.js';
