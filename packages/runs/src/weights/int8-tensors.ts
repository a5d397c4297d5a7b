import { INT8_GROUP } from '@ramble/core';
import { bytesOf } from '../safetensors/float-codecs.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';

/** Name of the tensor that holds the scales of an int8 matrix. */
export function scalesName(matrix: string): string {
  return `${matrix}.scales`;
}

/** Shape of the scales of a matrix. */
export function scalesShape(rows: number, width: number): readonly [number, number] {
  return [rows, Math.ceil(width / INT8_GROUP)];
}

/** The bytes of the 32-bit floats that a matrix stands for, whose scales `checkScales` found. */
export async function* wideBytes(
  file: Safetensors,
  { name, shape }: TensorEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  const width = shape[1];
  const groups = Math.ceil(width / INT8_GROUP);
  const scales = await file.read(scalesName(name));
  let place = 0;
  for await (const { buffer, byteOffset, length } of file.bytes(name)) {
    const kept = new Int8Array(buffer, byteOffset, length);
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++, place++) {
      const [row, column] = [Math.floor(place / width), place % width];
      values[i] = kept[i] * scales[row * groups + Math.floor(column / INT8_GROUP)];
    }
    yield bytesOf(values);
  }
}

/**
 * Checks the scales of a matrix.
 *
 * @throws RangeError that names file and tensor, when there are none.
 */
export function checkScales(
  { name: file, tensors }: Safetensors,
  { name, shape }: TensorEntry,
): void {
  const [rows, width] = shape;
  if (shape.length !== 2) {
    throw new RangeError(`${file}: expected ${name} as a matrix, got shape [${shape.join()}]`);
  }
  const expected = scalesShape(rows, width);
  const found = tensors.get(scalesName(name));
  if (found?.dtype === 'F32' && found.shape.join() === expected.join()) return;
  const got = found ? `${found.dtype} of shape [${found.shape.join()}]` : 'none';
  throw new RangeError(
    `${file}: expected ${scalesName(name)} as F32 of shape [${expected.join()}], got ${got}`,
  );
}
