export { foreignAdvice } from './config/foreign-advice.js';
export { FOREIGN_NAMES, foreignNamesOf } from './config/foreign-names.js';
export { BEAM_SETTINGS, type CheckedSampling, SHAPING_SETTINGS } from './config/sampling-config.js';
export {
  type BeamEnd,
  type BeamOptions,
  type Beams,
  createBeams,
  type FinishedBeam,
} from './sampling/beams.js';
export { type Explorer, likeliestTokens, type NextToken } from './sampling/explorer.js';
export type { LogitBias, TokenRules } from './sampling/filters/logit-filters.js';
export {
  type DoubleSoftmax,
  logitEntropy,
  logSumExp,
  softmax,
  type SoftmaxEngine,
} from './sampling/filters/softmax.js';
export { largestTokens } from './sampling/draw-token.js';
export type { LookupCounts } from './sampling/prompt-lookup.js';
export { grammarStateAfter, nextDistribution } from './sampling/next-distribution.js';
export { promptWindow } from './sampling/prompt-window.js';
export {
  nothingRemains,
  type SamplingChoice,
  type SamplingOptions,
  samplingRules,
  type SamplingRules,
  type TokenOptions,
} from './sampling/sampling-rules.js';
export { scoreContinuations, type ScoredToken } from './sampling/score-example.js';
export {
  type ChosenToken,
  createSequence,
  type Pending,
  type Sequence,
  type SequenceEnd,
  type SequenceEvent,
  type SequenceOptions,
} from './sampling/sequence.js';
export { stopInText, type UntilStop, untilStop } from './sampling/stop-texts.js';
export { EMBEDDING_SETTINGS, type EmbedOptions } from './scheduling/embed-prompts.js';
export {
  checkOutputCount,
  driveScheduler,
  type GenerationEnd,
  nextTurn,
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
