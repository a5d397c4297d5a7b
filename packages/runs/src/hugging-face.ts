export {
  fromGpt2Config,
  fromGpt2Name,
  loadGpt2,
  toGpt2Config,
  toGpt2Name,
} from './hugging-face/gpt2.js';
export {
  type HuggingFaceFileOptions,
  huggingFaceFiles,
  huggingFaceModel,
  type HuggingFaceModel,
  openHuggingFace,
  type WrittenModel,
} from './hugging-face/hugging-face-files.js';
export type {
  AdapterDescription,
  PeftAdapter,
  ReadParameter,
} from './hugging-face/adapter-modules.js';
export { openPeftAdapter, peftFiles, readPeftAdapter } from './hugging-face/peft-adapter.js';
export { assembleTensors, loadLlama } from './hugging-face/llama/assemble-tensors.js';
export { familyRecipes } from './hugging-face/llama/llama-names.js';
export { FAMILIES, type Family, type FamilyName } from './hugging-face/llama/families.js';
export { fromLlamaConfig } from './hugging-face/llama/llama-config.js';
export { toLlamaConfig } from './hugging-face/llama/to-llama-config.js';
export type { FolderReader } from './hugging-face/open-shards.js';
