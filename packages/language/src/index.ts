export {
  countUnits,
  outputDecoder,
  textDomain,
  type TextDomain,
  type TextExample,
  type TextUnits,
} from './text-domain.js';
export { TEXT_OPTIONS, type TextOptions } from './options.js';
export { textFactory } from './text-factory.js';
export { textHuggingFace } from './hugging-face.js';
