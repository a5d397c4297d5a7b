// `@ramble/core/files`: reading text, without the tensors that `@ramble/core` loads. The command's help
// has no time for those.
export { decodeUtf8 } from './decode-utf8.js';
export { fileExtension } from './file-extension.js';
export { fileLines } from './file-lines.js';
export { parseJson } from './parse-json.js';
export { shownText, shownValue, visibleText } from './shown-text.js';
export { splitLines } from './split-lines.js';
