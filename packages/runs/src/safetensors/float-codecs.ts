import { bfloat16Bits, sizeOf } from '@ramble/core/engine';
import { encodeFloat16, float16Values } from '@ramble/core/weights';

import type { TensorEntry } from './safetensors-header.js';

/** Data types of safetensors that ramble reads as numbers and can write. */
export type FloatDtype = 'F32' | 'F16' | 'BF16';

export interface FloatCodec {
  /**
   * Returns the little-endian bytes of the values; for F32, they share the values' memory.
   *
   * @param inPlace - Whether the values may be overwritten, which saves memory.
   * @throws RangeError for a number outside the range of F16.
   */
  readonly encode: (values: Float32Array, inPlace?: boolean) => Uint8Array;
  /** Decodes bytes into values, which may share the memory of the bytes. */
  readonly decode: (bytes: Uint8Array) => Float32Array;
}

/** Codecs of the float data types. 16-bit types round to nearest, ties to even, as in PyTorch. */
export const FLOAT_CODECS: Readonly<Record<FloatDtype, FloatCodec>> = {
  // JavaScript runs on little-endian machines, so an array's memory has the format of the file.
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
      for (let i = 0; i < halves.length; i++) halves[i] = bfloat16Bits(bits[i]);
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

/** Whether a data type is F32, F16 or BF16. */
export function isFloat(dtype: string): dtype is FloatDtype {
  return Object.hasOwn(FLOAT_CODECS, dtype);
}

/** Returns the bytes of an array without copying. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A file of named tensors, read as bytes. */
export interface TensorBytes {
  /** Name of the file, for error messages. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /**
   * The bytes of a tensor of any type, little-endian, in pieces of whole entries. A piece stays valid while
   * the next one is read, and no longer.
   */
  bytes(name: string): AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * Yields a tensor's values, row-major, in pieces of a few megabytes. A piece is valid until the next is
 * requested.
 */
export async function* floatPieces(
  file: TensorBytes,
  name: string,
): AsyncGenerator<Float32Array, void, undefined> {
  const { decode } = FLOAT_CODECS[floatDtype(file, name)];
  for await (const piece of file.bytes(name)) yield decode(piece);
}

/** Reads a tensor's values into a new array. It takes the array's memory and a few megabytes. */
export async function readFloats(file: TensorBytes, name: string): Promise<Float32Array> {
  floatDtype(file, name);
  const values = new Float32Array(sizeOf(file.tensors.get(name)?.shape ?? []));
  let count = 0;
  for await (const piece of floatPieces(file, name)) {
    values.set(piece, count);
    count += piece.length;
  }
  return values;
}

/**
 * Returns the entry of a tensor, by its name, in a map of a file's tensors.
 *
 * @param file - Name of the file.
 * @throws RangeError if the file has no such tensor.
 */
export function tensorIn<T>(file: string, tensors: ReadonlyMap<string, T>, name: string): T {
  const found = tensors.get(name);
  if (found !== undefined) return found;
  throw new RangeError(`${file}: expected a tensor ${name}, got none`);
}

/**
 * Returns the data type of a tensor of 16- or 32-bit floats.
 *
 * @throws RangeError if the file has no such tensor; TypeError if its type is not F32, F16 or BF16.
 */
export function floatDtype({ name: file, tensors }: TensorBytes, name: string): FloatDtype {
  const entry = tensorIn(file, tensors, name);
  const { dtype } = entry;
  if (isFloat(dtype)) return dtype;
  throw new TypeError(`${file}: expected ${entry.name} as F32, F16 or BF16, got ${dtype}`);
}
