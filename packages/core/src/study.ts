export {
  type BlockReading,
  type HeadReading,
  readBlock,
  type StepShape,
  stepShapes,
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
export { type LensReading, logitLens } from './study/logit-lens.js';
export { type OutputRow, type PromptReading, readPrompt } from './study/read-prompt.js';
export { type HeadIndex, type ScoreTable, scoreTable, scoreTables } from './study/score-table.js';
export {
  type MaskEffect,
  maskEffect,
  plainRows,
  type PromptStudy,
  type StudyOptions,
  studyPrompt,
  type TokenMasking,
} from './study/study-prompt.js';
export { type ModelStep, type Watch, watchModel } from './study/watch-model.js';
export {
  ablatePrompt,
  type AblationMatrices,
  type CircuitProgress,
  finished,
  type LogitMeasure,
  type PatchMatrices,
  patchPrompts,
} from './study/circuit-matrices.js';
export { type CircuitRequest, type Circuits, measureCircuits } from './study/circuits.js';
export {
  headScores,
  type HeadScores,
  repeatedHeadScores,
  repeatedTokens,
} from './study/head-scores.js';
export {
  type ActivationPart,
  type ActivationPlace,
  type Activations,
  type Edit,
  type EditablePrompt,
  editablePrompt,
  meanActivation,
} from './study/interventions.js';
export { attributeLogit, type LogitAttribution } from './study/logit-attribution.js';
