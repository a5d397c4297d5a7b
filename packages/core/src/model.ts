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
export { type NormedHeads, normHeads } from './attention/head-norms.js';
export { relativeAttention } from './attention/distance-scores.js';
export type { SegmentMemory } from './attention/segment-memory.js';
export {
  type ArchitectureName,
  ARCHITECTURES,
  type PresetName,
  supportsPositions,
} from './config/model-config.js';
export {
  type AdapterKind,
  type AdapterLayer,
  adapterLayers,
  type AdapterPart,
  type Adapters,
  type AdapterTarget,
  type TargetPattern,
} from './parameters/adapter-kind.js';
export {
  adapterKindOf,
  type AdapterName,
  type AdapterSettings,
  type LoraSettings,
  NO_ADAPTERS,
} from './parameters/adapter-kinds.js';
export { advance, type AdvanceOptions, advanceWatched } from './model/advance.js';
export {
  CACHE_FORMAT_NAMES,
  CACHE_FORMATS,
  type CacheArray,
  type CacheFormat,
  cacheFormatFor,
  type CacheFormatName,
} from './model/cache-format.js';
export { type Decoder, decoderOf, type Layer } from './model/decoder.js';
export {
  batchLoss,
  forward,
  forwardOps,
  type ForwardOptions,
  logitsOf,
  type TokenBatch,
  wholePass,
} from './model/forward.js';
export {
  copySlot,
  createKvCache,
  type KvCache,
  resetSlot,
  truncateSlot,
} from './model/kv-cache.js';
export { canShareBatch, modelOf } from './model/model-in-use.js';
export {
  type BlockRow,
  countParameters,
  parameterSpecs,
  type ParameterTally,
  parameterTally,
  type TallyRow,
  trainingHeads,
} from './model/model-parameters.js';
export {
  adaptersOf,
  adaptModel,
  emptyModel,
  type ModelSizes,
  resizeModel,
  withConfig,
  withTrainingHeads,
} from './model/model.js';
export { reorderSlots } from './model/move-slots.js';
export type {
  DecodingStep,
  StepEngine,
  StepFeed,
  StepModel,
  StepRunner,
  StepRunnerFactory,
} from './model/step-runners.js';
export {
  block,
  embed,
  residualStreams,
  transformer,
  type TransformerOps,
} from './model/transformer.js';
