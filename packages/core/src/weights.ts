export { ACTIVATION_KINDS, type ActivationKind } from './parameters/parameter-store.js';
export {
  type BlockFormat,
  FORMAT_CHOICES,
  formatFor,
  formatOfGgml,
  FORMATS,
  narrowest,
} from './parameters/weight-formats.js';
export type { BlockMatrix } from './parameters/block-matrix.js';
export { encodeFloat16, float16Values } from './parameters/float16.js';
export {
  type FrozenParameterStore,
  frozenParameterStore,
} from './parameters/frozen-parameter-store.js';
export {
  type BlockForm,
  type FileForm,
  type FormatName,
  inputsOf,
  type LayoutName,
  type MatrixLayout,
  type MatrixShape,
  matrixShape,
  type StoredNumbers,
  type WeightFormat,
  type WeightMatrix,
} from './parameters/weight-format.js';
