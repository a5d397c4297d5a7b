export { type BinaryOptions, loadBinary } from './load-binary.js';
