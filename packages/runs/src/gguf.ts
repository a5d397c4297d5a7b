export { MAGIC as GGUF_MAGIC } from './gguf/format/open-gguf.js';
export { type GgufAdapterOptions, writeGgufAdapter } from './gguf/gguf-adapter.js';
export {
  type GgufFolder,
  type GgufOptions,
  type HuggingFaceModel,
  openGgufFolder,
  writeGgufModel,
} from './gguf/gguf-folder.js';
export type { WrittenType } from './gguf/format/tensor-types.js';
export type { GgufWeights } from './gguf/model/hugging-face-tensors.js';
export type { TensorGroups } from './hugging-face/open-shards.js';
