export { convertTensor } from './safetensors/convert-tensor.js';
export {
  bytesOf,
  FLOAT_CODECS,
  type FloatDtype,
  floatDtype,
  readFloats,
} from './safetensors/float-codecs.js';
export { isSameTensor, openSafetensors, type Safetensors } from './safetensors/open-safetensors.js';
export type { Dtype, TensorEntry } from './safetensors/safetensors-header.js';
export { type TensorRows, tensorRows } from './safetensors/tensor-rows.js';
export {
  type EncodedTensor,
  type TensorToWrite,
  type WriteOptions,
  writeSafetensors,
  writeTensors,
} from './safetensors/write-safetensors.js';
