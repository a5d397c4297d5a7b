export {
  countUnits,
  outputDecoder,
  textDomain,
  type TextDomain,
  type TextExample,
  type TextUnits,
} from './text-domain.js';
export { TEXT_OPTIONS, textFactory, type TextOptions } from './text-factory.js';
export { textHuggingFace } from './hugging-face.js';
