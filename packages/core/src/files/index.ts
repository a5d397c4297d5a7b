// `@ramble/core/files`: what needs no tensors, which `@ramble/core` loads: reading and showing text, new
// seeds. The command's help has no time for those.
export { counted } from './counted.js';
export { decodeUtf8 } from './decode-utf8.js';
export { escapeHtml } from './escape-html.js';
export { fileExtension } from './file-extension.js';
export { fileLines } from './file-lines.js';
export { formatJson, isObject, type JsonObject, parseObject } from './json-object.js';
export { named } from './named.js';
export { newSeed } from '../random/new-seed.js';
export { isNestedDeeply, MAX_JSON_DEPTH, parseJson } from './parse-json.js';
export { shownText, shownValue, visibleText } from './shown-text.js';
export { splitLines } from './split-lines.js';
export { unquoted, withPlainWord } from './unquoted.js';
