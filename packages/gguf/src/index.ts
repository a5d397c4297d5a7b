export { type GgufFolder, openGgufFolder } from './gguf-folder.js';
export type { WrittenType } from './quantization/encode-blocks.js';
export { type GgufOptions, type HuggingFaceModel, writeGgufModel } from './write-gguf-model.js';
export type { GgufWeights, TensorGroups } from './model/hugging-face-tensors.js';
