export { convertTensor } from './safetensors/convert-tensor.js';
export { bytesOf, FLOAT_CODECS, type FloatDtype } from './safetensors/float-codecs.js';
export { floatDtype, readFloats } from './safetensors/float-pieces.js';
export { isSameTensor } from './safetensors/is-same-tensor.js';
export { openSafetensors, type Safetensors } from './safetensors/open-safetensors.js';
export type { Dtype, TensorEntry } from './safetensors/safetensors-header.js';
export { type TensorRows, tensorRows } from './safetensors/tensor-rows.js';
export {
  type TensorToWrite,
  type WriteOptions,
  writeSafetensors,
} from './safetensors/write-safetensors.js';
export { type EncodedTensor, writeTensors } from './safetensors/write-tensors.js';
