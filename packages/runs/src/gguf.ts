export { type GgufFolder, openGgufFolder } from './gguf/gguf-folder.js';
export type { WrittenType } from './gguf/quantization/encode-blocks.js';
export {
  type GgufOptions,
  type HuggingFaceModel,
  writeGgufModel,
} from './gguf/write-gguf-model.js';
export type { GgufWeights, TensorGroups } from './gguf/model/hugging-face-tensors.js';
