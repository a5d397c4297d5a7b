export {
  convertTensor,
  type EncodedTensor,
  type TensorToWrite,
  type WriteOptions,
  writeSafetensors,
  writeTensors,
} from './safetensors/write-safetensors.js';
export {
  bytesOf,
  FLOAT_CODECS,
  type FloatDtype,
  floatDtype,
  readFloats,
} from './safetensors/float-codecs.js';
export {
  isSameTensor,
  openSafetensors,
  type Safetensors,
  type TensorRows,
  tensorRows,
} from './safetensors/open-safetensors.js';
export type { Dtype, TensorEntry } from './safetensors/safetensors-header.js';
