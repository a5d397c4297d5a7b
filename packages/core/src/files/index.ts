// `@ramble/core/files`: reading and showing text, and new seeds. It loads no tensors, unlike `@ramble/core`,
// because the command's help must start quickly.
export {
  type ByteSink,
  type ByteSource,
  counted,
  fileExtension,
  memoryBytes,
  type TokenSource,
} from './bytes.js';
export { decodeText, decodeUtf8, fileLines, splitLines } from './text.js';
export {
  escapeHtml,
  messageOf,
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
  tryParseJson,
} from './json.js';
export { newSeed } from '../random/random.js';
export { philoxKey, type Purpose, type RandomAddress, randomBits } from '../random/random.js';
