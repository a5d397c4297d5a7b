import { INT8_GROUP } from '@ramble/core';
import { bytesOf, readFloats, type Safetensors, type TensorEntry } from '@ramble/safetensors';

/** Name of the tensor that holds the scales of an int8 matrix. */
export function scalesName(matrix: string): string {
  return `${matrix}.scales`;
}

/** Shape of the scales of a matrix. */
export function scalesShape(rows: number, width: number): readonly [number, number] {
  return [rows, Math.ceil(width / INT8_GROUP)];
}

/**
 * A file whose int8 matrices read as the 32-bit floats that they stand for. A matrix `X` of type I8
 * and shape `[rows, width]` goes with `X.scales` of type F32, `[rows, ceil(width / 64)]`; entry
 * `[i, j]` is `X[i, j] * X.scales[i, floor(j / 64)]`.
 *
 * @throws RangeError that names file and tensor, when a matrix has no such scales.
 */
export function widenInt8(file: Safetensors): Safetensors {
  const tensors = new Map(file.tensors);
  for (const entry of file.tensors.values()) {
    if (entry.dtype !== 'I8') continue;
    checkScales(file, entry);
    tensors.set(entry.name, { ...entry, dtype: 'F32' });
    tensors.delete(scalesName(entry.name));
  }
  if (tensors.size === file.tensors.size) return file;
  const bytes: Safetensors['bytes'] = (name) =>
    file.tensors.get(name)?.dtype === 'I8' ? wideBytes(file, name) : file.bytes(name);
  const wide = { ...file, tensors, bytes };
  return { ...wide, read: (name) => readFloats(wide, name) };
}

async function* wideBytes(file: Safetensors, name: string): AsyncGenerator<Uint8Array, void> {
  const width = file.tensors.get(name)?.shape[1] ?? 0; // `widenInt8` found a matrix
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

function checkScales({ name: file, tensors }: Safetensors, { name, shape }: TensorEntry): void {
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
