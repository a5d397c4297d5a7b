import { float16Bits, float16Values } from '../../parameters/float16.js';

/** The data types that are read as numbers and written. */
export type FloatDtype = 'F32' | 'F16' | 'BF16';

export interface FloatCodec {
  /** Size of one number. */
  readonly sizeBytes: number;
  /** Little-endian bytes of the values; they may be the values' own memory. */
  readonly encode: (values: Float32Array) => Uint8Array;
  /** The other way; `bytes` fill `into`. */
  readonly decode: (bytes: Uint8Array, into: Float32Array) => void;
}

/** 16-bit types round to nearest, ties to even, as in PyTorch. */
export const FLOAT_CODECS: Readonly<Record<FloatDtype, FloatCodec>> = {
  // JavaScript runs on little-endian machines, where an array's memory is the format.
  F32: {
    sizeBytes: 4,
    encode: bytesOf,
    decode: (bytes, into) => bytesOf(into).set(bytes),
  },
  F16: {
    sizeBytes: 2,
    encode: (values) => {
      const halves = new Uint16Array(values.length);
      for (let i = 0; i < halves.length; i++) halves[i] = float16Bits(values[i]);
      return bytesOf(halves);
    },
    decode: (bytes, into) => {
      const decoded = float16Values();
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i < into.length; i++) into[i] = decoded[view.getUint16(2 * i, true)];
    },
  },
  BF16: {
    sizeBytes: 2,
    encode: (values) => {
      const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
      const halves = new Uint16Array(values.length);
      for (let i = 0; i < halves.length; i++) halves[i] = upperHalf(bits[i]);
      return bytesOf(halves);
    },
    decode: (bytes, into) => {
      const bits = new Uint32Array(into.buffer, into.byteOffset, into.length);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i < bits.length; i++) bits[i] = view.getUint16(2 * i, true) << 16;
    },
  },
};

/** An array's memory. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A bfloat16 is the upper half of a float32, here rounded. */
function upperHalf(bits: number): number {
  const isNaN = (bits & 0x7fffffff) > 0x7f800000;
  if (isNaN) return (bits >>> 16) | 0x40; // quiet, so that rounding cannot make it infinite
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
