export { type Tolerance, compareArrays, type Comparison } from './compare-arrays.js';
export { toBeAllClose } from './to-be-all-close.js';
