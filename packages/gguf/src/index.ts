export { type GgufFolder, openGgufFolder } from './gguf-folder.js';
