import { sizeOf } from '../../parameters/parameter-spec.js';
import { FLOAT_CODECS, type FloatDtype } from './float-codecs.js';
import type { Safetensors } from './open-safetensors.js';

type Bytes = Pick<Safetensors, 'name' | 'tensors' | 'bytes'>;

/** A tensor's numbers in pieces of a few megabytes, row-major, each the caller's until the next is asked for. */
export async function* floatPieces(
  file: Bytes,
  name: string,
): AsyncGenerator<Float32Array, void, undefined> {
  const { decode } = FLOAT_CODECS[floatDtype(file, name)];
  for await (const piece of file.bytes(name)) yield decode(piece);
}

/** A tensor's numbers, the caller's. It takes their memory and that of a piece. */
export async function readFloats(file: Bytes, name: string): Promise<Float32Array> {
  floatDtype(file, name);
  const values = new Float32Array(sizeOf(file.tensors.get(name)?.shape ?? []));
  let count = 0;
  for await (const piece of floatPieces(file, name)) {
    values.set(piece, count);
    count += piece.length;
  }
  return values;
}

/** @throws RangeError when there is no such tensor; TypeError when it holds no 16- or 32-bit floats. */
export function floatDtype({ name: file, tensors }: Bytes, name: string): FloatDtype {
  const entry = tensors.get(name);
  if (!entry) throw new RangeError(`${file}: expected a tensor ${name}, got none`);
  const { dtype } = entry;
  if (isFloat(dtype)) return dtype;
  throw new TypeError(`${file}: expected ${entry.name} as F32, F16 or BF16, got ${dtype}`);
}

function isFloat(dtype: string): dtype is FloatDtype {
  return Object.hasOwn(FLOAT_CODECS, dtype);
}
