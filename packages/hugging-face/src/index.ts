export { fromGpt2Config, type Gpt2ConfigOptions, toGpt2Config } from './gpt2-config.js';
export { type Gpt2FileOptions, gpt2Files, gpt2Model, type WrittenModel } from './gpt2-files.js';
export { fromGpt2Name, toGpt2Name } from './gpt2-names.js';
export { loadGpt2 } from './load-gpt2.js';
export { openGpt2, type OpenGpt2 } from './open-gpt2.js';
export type { FolderReader } from './open-shards.js';
