import { encodeFloat16 } from '@ramble/core';
import { bytesOf, FLOAT_CODECS } from '../../safetensors/float-codecs.js';

import { TENSOR_TYPES } from '../format/tensor-types.js';

/** The types of tensors that are written. */
export type WrittenType = 'F32' | 'F16' | 'Q8_0';

/**
 * The bytes of values in a type, rounded as ggml rounds.
 *
 * @param values - Whole blocks of the type.
 * @throws RangeError for a number that F16, or the scale of Q8_0, cannot hold.
 */
export function encodeBlocks(type: WrittenType, values: Float32Array): Uint8Array {
  return type === 'Q8_0' ? encodeQ8(values) : FLOAT_CODECS[type].encode(values);
}

/** Groups of 32 values in 8 bits, each with a scale in 16. */
function encodeQ8(values: Float32Array): Uint8Array {
  const { blockValues, blockBytes } = TENSOR_TYPES.Q8_0;
  const bytes = new Uint8Array((values.length / blockValues) * blockBytes);
  const scales = new Float32Array(values.length / blockValues);
  for (let block = 0; block < scales.length; block++) {
    const from = block * blockValues;
    let largest = 0;
    for (let i = 0; i < blockValues; i++) {
      const size = Math.abs(values[from + i]);
      if (size > largest) largest = size;
    }
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    const to = block * blockBytes + 2;
    for (let i = 0; i < blockValues; i++) {
      const scaled = Math.fround(values[from + i] * inverse);
      // A half rounds away from zero, where Math.round rounds up.
      bytes[to + i] = scaled < 0 ? -Math.floor(0.5 - scaled) : Math.floor(0.5 + scaled);
    }
    scales[block] = scale;
  }
  const halves = new Uint16Array(scales.length);
  encodeFloat16(scales, halves);
  const halfBytes = bytesOf(halves);
  for (let block = 0; block < scales.length; block++) {
    bytes[block * blockBytes] = halfBytes[2 * block];
    bytes[block * blockBytes + 1] = halfBytes[2 * block + 1];
  }
  return bytes;
}
