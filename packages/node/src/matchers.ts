export { type Tolerance, compareArrays, type Comparison } from './matchers/compare-arrays.js';
export { toBeAllClose } from './matchers/to-be-all-close.js';
