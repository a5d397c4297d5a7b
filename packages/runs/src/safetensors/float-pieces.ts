import { sizeOf } from '@ramble/core';

import { FLOAT_CODECS, type FloatDtype, isFloat } from './float-codecs.js';
import type { TensorEntry } from './safetensors-header.js';

/** A file of named tensors, read as bytes. */
export interface TensorBytes {
  /** Name of the file, for error messages. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /**
   * The bytes of a tensor of any type, little-endian, in pieces of whole entries. Each is the
   * caller's until the next but one is asked for.
   */
  bytes(name: string): AsyncGenerator<Uint8Array, void, undefined>;
}

/** A tensor's numbers in pieces of a few megabytes, row-major, each the caller's until the next is asked for. */
export async function* floatPieces(
  file: TensorBytes,
  name: string,
): AsyncGenerator<Float32Array, void, undefined> {
  const { decode } = FLOAT_CODECS[floatDtype(file, name)];
  for await (const piece of file.bytes(name)) yield decode(piece);
}

/** A tensor's numbers, the caller's. It takes their memory and that of a piece. */
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
 * The data type of a tensor of 16- or 32-bit floats.
 *
 * @throws RangeError when there is no such tensor; TypeError when it holds no 16- or 32-bit floats.
 */
export function floatDtype({ name: file, tensors }: TensorBytes, name: string): FloatDtype {
  const entry = tensors.get(name);
  if (!entry) throw new RangeError(`${file}: expected a tensor ${name}, got none`);
  const { dtype } = entry;
  if (isFloat(dtype)) return dtype;
  throw new TypeError(`${file}: expected ${entry.name} as F32, F16 or BF16, got ${dtype}`);
}
