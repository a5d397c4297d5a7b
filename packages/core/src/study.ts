export {
  type BlockReading,
  type HeadReading,
  readBlock,
  type TokenVector,
} from './study/block-reading.js';
export { cacheGrowth, type CacheSize, cacheSizes, type CacheStep } from './study/cache-growth.js';
export {
  attentionWeights,
  type HeadWeights,
  meanOfHeads,
  type PromptAttention,
  sourceAttention,
  sourceRows,
} from './study/source-attention.js';
export { type OutputRow, type PromptReading, readPrompt } from './study/read-prompt.js';
export { type HeadIndex, type ScoreTable, scoreTable, scoreTables } from './study/score-table.js';
export {
  type LensReading,
  logitLens,
  type MaskEffect,
  plainRows,
  type PromptStudy,
  type StepShape,
  stepShapes,
  type StudyOptions,
  studyPrompt,
  type TokenMasking,
} from './study/study-prompt.js';
export { type ModelStep, type Watch, watchModel } from './study/watch-model.js';
export {
  ablation,
  type Edit,
  editedLogits,
  type EditedPassOptions,
  type ModelPart,
  recordSites,
  type RecordedSites,
  type Site,
} from './study/edited-pass.js';
export { headScores, type HeadScoreOptions, type HeadScores } from './study/head-scores.js';
export { attributeLogit, type LogitAttribution } from './study/logit-attribution.js';
export { patchPrompt, type PatchingEffects, type PatchingOptions } from './study/patching.js';
