export { fromGpt2Config, toGpt2Config } from './gpt2-config.js';
export { fromGpt2Name, toGpt2Name } from './gpt2-names.js';
export {
  type HuggingFaceFileOptions,
  huggingFaceFiles,
  huggingFaceModel,
  type WrittenModel,
} from './hugging-face-files.js';
export { assembleTensors } from './llama/assemble-tensors.js';
export { FAMILIES, type Family, type FamilyName } from './llama/families.js';
export { fromLlamaConfig, toLlamaConfig } from './llama/llama-config.js';
export { loadLlama } from './llama/load-llama.js';
export { loadGpt2 } from './load-gpt2.js';
export { type HuggingFaceModel, openHuggingFace } from './open-hugging-face.js';
export type { FolderReader } from './open-shards.js';
