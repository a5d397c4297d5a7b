// `@ramble/core/files`: reading text, without the tensors that `@ramble/core` loads. The command's help
// has no time for those.
export { decodeUtf8 } from './decode-utf8.js';
export { fileLines } from './file-lines.js';
export { splitLines } from './split-lines.js';
