export { attentionWeights } from './attention-weights.js';
export { cacheGrowth, type CacheStep } from './cache-growth.js';
export { type LensReading, logitLens } from './logit-lens.js';
export type { MaskEffect, TokenMasking } from './mask-effect.js';
export { type HeadIndex, type ScoreTable, scoreTable } from './score-table.js';
export { sourceAttention } from './source-attention.js';
export { type StepShape, stepShapes } from './step-shapes.js';
export { type PromptStudy, type StudyOptions, studyPrompt } from './study-prompt.js';
export { type ModelStep, type Watch, watchModel } from './watch-model.js';
