export { outputDecoder } from './output-decoder.js';
export { countUnits, type TextUnits } from './count-units.js';
export { textDomain, type TextDomain } from './text-domain.js';
export type { TextExample } from './text-example.js';
export { textFactory } from './text-factory.js';
export { textHuggingFace } from './text-hugging-face.js';
export { TEXT_OPTIONS, type TextOptions } from './text-options.js';
