import { encodeFloat16, float16Values } from '@ramble/core';

/** The data types that are read as numbers and written. */
export type FloatDtype = 'F32' | 'F16' | 'BF16';

export interface FloatCodec {
  /**
   * Little-endian bytes of the values; F32's are the values' own memory.
   *
   * @param inPlace - Whether the values may be lost, so that no memory is needed.
   * @throws RangeError for a number that F16 cannot hold.
   */
  readonly encode: (values: Float32Array, inPlace?: boolean) => Uint8Array;
  /** Decodes bytes into values, which may share the memory of the bytes. */
  readonly decode: (bytes: Uint8Array) => Float32Array;
}

/** 16-bit types round to nearest, ties to even, as in PyTorch. */
export const FLOAT_CODECS: Readonly<Record<FloatDtype, FloatCodec>> = {
  // JavaScript runs on little-endian machines, where an array's memory is the format.
  F32: {
    encode: bytesOf,
    decode: (bytes) => {
      const { buffer, byteOffset, length } =
        bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
      return new Float32Array(buffer, byteOffset, length / 4);
    },
  },
  F16: {
    encode: (values, inPlace = false) => {
      const { buffer, byteOffset, length } = inPlace ? values : new Uint16Array(values.length);
      const halves = new Uint16Array(buffer, byteOffset, length);
      encodeFloat16(values, halves);
      return bytesOf(halves);
    },
    decode: (bytes) => {
      const values = new Float32Array(bytes.length / 2);
      const decoded = float16Values();
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i < values.length; i++) values[i] = decoded[view.getUint16(2 * i, true)];
      return values;
    },
  },
  BF16: {
    encode: (values) => {
      const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
      const halves = new Uint16Array(values.length);
      for (let i = 0; i < halves.length; i++) halves[i] = upperHalf(bits[i]);
      return bytesOf(halves);
    },
    decode: (bytes) => {
      const bits = new Uint32Array(bytes.length / 2);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i < bits.length; i++) bits[i] = view.getUint16(2 * i, true) << 16;
      return new Float32Array(bits.buffer);
    },
  },
};

/** Whether a data type is one of floats that are read as numbers. */
export function isFloat(dtype: string): dtype is FloatDtype {
  return Object.hasOwn(FLOAT_CODECS, dtype);
}

/** The bytes of an array. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A bfloat16 is the upper half of a float32, here rounded. */
function upperHalf(bits: number): number {
  const isNaN = (bits & 0x7fffffff) > 0x7f800000;
  if (isNaN) return (bits >>> 16) | 0x40; // quiet, so that rounding cannot make it infinite
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
