export { type BinaryOptions, loadBinary } from './addon/load-binary.js';
