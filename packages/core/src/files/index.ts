// `@ramble/core/files`: what needs no tensors, which `@ramble/core` loads: reading and showing text, new
// seeds. The command's help has no time for those.
export {
  type ByteSink,
  type ByteSource,
  counted,
  fileExtension,
  memoryBytes,
  type TokenSource,
} from './bytes.js';
export { decodeUtf8, fileLines, splitLines } from './text.js';
export {
  escapeHtml,
  named,
  shownText,
  shownValue,
  unquoted,
  visibleText,
  withPlainWord,
} from './shown-text.js';
export {
  formatJson,
  isNestedDeeply,
  isObject,
  type JsonObject,
  MAX_JSON_DEPTH,
  parseJson,
  parseObject,
} from './json.js';
export { newSeed } from '../random/random.js';
export { philoxKey, type Purpose, type RandomAddress, randomBits } from '../random/random.js';
