export { convertTensor } from './convert-tensor.js';
export { bytesOf, FLOAT_CODECS, type FloatDtype } from './float-codecs.js';
export { floatDtype, readFloats } from './float-pieces.js';
export { isSameTensor } from './is-same-tensor.js';
export { openSafetensors, type Safetensors } from './open-safetensors.js';
export type { Dtype, TensorEntry } from './safetensors-header.js';
export { type TensorRows, tensorRows } from './tensor-rows.js';
export { type TensorToWrite, type WriteOptions, writeSafetensors } from './write-safetensors.js';
export { type EncodedTensor, writeTensors } from './write-tensors.js';
