export {
  compareArrays,
  type Comparison,
  toBeAllClose,
  type Tolerance,
} from './matchers/to-be-all-close.js';
