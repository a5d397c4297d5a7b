import { type ParameterSpec, putRows } from '@ramble/core/engine';
import {
  type FormatName,
  FORMATS,
  inputsOf,
  matrixShape,
  type StoredNumbers,
  type WeightFormat,
  type WeightMatrix,
} from '@ramble/core/weights';
import { named } from '@ramble/core/files';

import { convertTensor, type EncodedTensor } from '../safetensors/write-safetensors.js';
import { bytesOf, floatDtype, isFloat, readFloats } from '../safetensors/float-codecs.js';
import { type Safetensors, tensorRows, wholeRows } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';

/** Number of values of a matrix that are dequantized at a time. */
const PIECE_NUMBERS = 2 ** 20;

/** Returns the weight formats that are stored with a safetensors data type, from more to fewer bits per weight. */
function formatsOfDtype(dtype: string): WeightFormat[] {
  return Object.values(FORMATS).filter(({ file }) => file.dtype === dtype);
}

/**
 * Returns the weight format in which a tensor is stored; f32 for data types that are converted to f32 when they are
 * read.
 */
export function formatOfTensor({ dtype, shape }: TensorEntry): WeightFormat {
  const formats = formatsOfDtype(dtype);
  const found = formats.find(({ file }) => !file.blocks || file.blocks.bytes === shape.at(-1));
  return found ?? formats.at(-1) ?? FORMATS.f32;
}

const scalesName = (matrix: string): string => `${matrix}.scales`;

/**
 * Returns a view of a file in which quantized matrices read as 32-bit floats.
 *
 * - A matrix `X` of type I8 and shape `[rows, width]` goes with `X.scales` of type F32, `[rows, ceil(width /
 *   64)]`; entry `[i, j]` is `X[i, j] * X.scales[i, floor(j / 64)]`.
 * - A matrix of type U8 has the blocks of core's `block-layout.ts`, `[panels, groups, bytes]`.
 *
 * @param specs - Parameters that the file may contain, because blocks do not include their shape.
 * @throws RangeError that names file and tensor, if the scales or blocks of a matrix are missing or
 *   malformed.
 */
export function widenTensors(file: Safetensors, specs: readonly ParameterSpec[]): Safetensors {
  const tensors = new Map(file.tensors);
  const readers = new Map<string, () => AsyncGenerator<Uint8Array, void, undefined>>();
  for (const entry of file.tensors.values()) {
    const format = formatOfTensor(entry);
    if (!format.file.scales) continue;
    checkScales(file, entry, format.file.scales);
    tensors.set(entry.name, { ...entry, dtype: 'F32' });
    tensors.delete(scalesName(entry.name));
    readers.set(entry.name, () => wideRows(file, entry, format));
  }
  for (const spec of specs) {
    const entry = file.tensors.get(spec.name);
    if (!entry || !formatOfTensor(entry).file.blocks) continue;
    const format = checkedBlocks(file, entry, spec);
    tensors.set(spec.name, { ...entry, dtype: 'F32', shape: spec.shape });
    readers.set(spec.name, () => wideBlocks(file, spec, format));
  }
  if (readers.size === 0) return file;
  const bytes: Safetensors['bytes'] = (name) => readers.get(name)?.() ?? file.bytes(name);
  const wide = { ...file, tensors, bytes };
  return { ...wide, read: (name) => readFloats(wide, name) };
}

function checkScales(
  { name: file, tensors }: Safetensors,
  { name, shape }: TensorEntry,
  scalesShape: (shape: readonly number[]) => readonly number[],
): void {
  if (shape.length !== 2) {
    throw new RangeError(`${file}: expected ${name} as a matrix, got shape [${shape.join()}]`);
  }
  const expected = scalesShape(shape).join();
  const found = tensors.get(scalesName(name));
  if (found?.dtype === 'F32' && found.shape.join() === expected) return;
  const got = found ? `${found.dtype} of shape [${found.shape.join()}]` : 'none';
  throw new RangeError(
    `${file}: expected ${scalesName(name)} as F32 of shape [${expected}], got ${got}`,
  );
}

/** Returns the block format of a matrix, after checking its shape. */
function checkedBlocks(
  file: Safetensors,
  { name, shape, dtype }: TensorEntry,
  spec: ParameterSpec,
): WeightFormat {
  const isProduct = inputsOf(spec) !== undefined;
  const formats = formatsOfDtype(dtype);
  const shapes = formats.map((format) => format.file.shape(spec).join());
  const i = isProduct ? shapes.indexOf(shape.join()) : -1;
  if (i >= 0) return formats[i];
  const expected = isProduct ? `blocks of shape [${shapes.at(-1)}]` : 'floats';
  throw new RangeError(
    `${file.name}: expected ${name} as ${expected}, got ${dtype} of [${shape.join()}]`,
  );
}

/** Yields the dequantized floats of a matrix as bytes, a few rows at a time. */
async function* wideRows(
  file: Safetensors,
  entry: TensorEntry,
  format: WeightFormat,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { rows, matrix } of storedRows(file, entry, format)) {
    yield bytesOf(matrix.readRows(0, rows));
  }
}

/**
 * Yields the dequantized floats of a matrix in blocks as bytes, in pieces. It takes the memory of the blocks.
 */
async function* wideBlocks(
  file: Safetensors,
  spec: ParameterSpec,
  format: WeightFormat,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { rows, width } = matrixShape(spec);
  const matrix = format.matrix(matrixShape(spec));
  await readInto(bytesOf(matrix.stored.array), file, spec.name);
  const step = Math.max(32, Math.floor(PIECE_NUMBERS / width / 32) * 32); // whole groups of rows
  for (let row = 0; row < rows; row += step) {
    yield bytesOf(matrix.readRows(row, Math.min(step, rows - row)));
  }
}

/** Yields rows of a matrix in its stored format, a few megabytes at a time. */
async function* storedRows(
  file: Safetensors,
  { name, shape: [rows, width] }: TensorEntry,
  format: WeightFormat,
): AsyncGenerator<{ firstRow: number; rows: number; matrix: WeightMatrix }, void, undefined> {
  const scales = format.file.scales ? await file.read(scalesName(name)) : new Float32Array(0);
  const shape = { rows: 1, width, inputs: 'rows' } as const;
  const groups = scales.length / rows;
  const rowBytes = format.matrix(shape).stored.array.byteLength;
  let firstRow = 0;
  for await (const piece of wholeRows(file.bytes(name), rowBytes, rows)) {
    const count = piece.length / rowBytes;
    const matrix = format.matrix({ ...shape, rows: count });
    bytesOf(matrix.stored.array).set(piece);
    matrix.stored.scales?.set(scales.subarray(firstRow * groups, (firstRow + count) * groups));
    yield { firstRow, rows: count, matrix };
    firstRow += count;
  }
}

/**
 * Reads a parameter directly into the memory where it is kept, if the file has the same format.
 *
 * @param file - The opened file, with quantized matrices unconverted.
 * @returns false if the file has another format, or floats that may have to be converted.
 */
export async function readStored(
  file: Safetensors,
  spec: ParameterSpec,
  stored: StoredNumbers,
): Promise<boolean> {
  const entry = file.tensors.get(spec.name);
  const format = entry && formatOfTensor(entry);
  if (!format || format === FORMATS.f32) return false;
  if (stored.layout === format.panels) {
    for await (const { firstRow, matrix } of storedRows(file, entry, format)) {
      putRows(matrix.stored, stored, matrixShape(spec), firstRow);
    }
    return true;
  }
  if (stored.layout !== format) return false;
  await readInto(bytesOf(stored.array), file, spec.name);
  if (stored.scales) await readInto(bytesOf(stored.scales), file, scalesName(spec.name));
  return true;
}

/** Reads the bytes of a tensor into `memory`, which has their length. */
async function readInto(memory: Uint8Array, file: Safetensors, name: string): Promise<void> {
  let count = 0;
  for await (const piece of file.bytes(name)) {
    memory.set(piece, count);
    count += piece.length;
  }
}

/**
 * Returns the tensors that store a parameter in a run: a matrix in a format, laid out as in memory; gains and biases
 * in 32 bits. Rounds a few megabytes at a time; blocks take the memory of one matrix.
 *
 * @returns the tensor to write, and its scales if the format has them.
 * @throws TypeError if the file's tensor does not contain floats; RangeError, when the tensor is written, for a
 *   number that the format cannot represent.
 */
export function narrowTensors(
  file: Safetensors,
  spec: ParameterSpec,
  wanted: FormatName,
): EncodedTensor[] {
  const format = FORMATS[FORMATS[wanted].formatOf(spec)];
  const { name } = spec;
  const { dtype, scales: scalesShape, blocks } = format.file;
  if (isFloat(dtype)) return [convertTensor(file, name, dtype)];
  floatDtype(file, name); // throws if the entries are not floats
  const shape = format.file.shape(spec);
  const scales: Uint8Array[] = [];
  async function* bytes(): AsyncGenerator<Uint8Array> {
    const whole = blocks && format.matrix(matrixShape(spec));
    for await (const { firstRow, values } of tensorRows(file, name)) {
      const { width, inputs } = matrixShape(spec);
      const matrix = whole ?? format.matrix({ rows: values.length / width, width, inputs });
      named(`${file.name}: ${name}`, () => matrix.writeRows(whole ? firstRow : 0, values));
      if (whole) continue;
      yield bytesOf(matrix.stored.array);
      if (matrix.stored.scales) scales.push(bytesOf(matrix.stored.scales));
    }
    if (whole) yield bytesOf(whole.stored.array);
  }
  const matrix = { name, dtype, shape, bytes };
  if (!scalesShape) return [matrix];
  // Scales are known once the matrix before them is written.
  const ofScales = { name: scalesName(name), dtype: 'F32', bytes: () => scales } as const;
  return [matrix, { ...ofScales, shape: scalesShape(shape) }];
}

/**
 * Returns a quantized matrix of a file as a tensor to write, whose blocks are copied unchanged. When it is written, a
 * scale that is not finite is a RangeError.
 */
export function copiedBlocks(file: Safetensors, entry: TensorEntry): EncodedTensor {
  const { name, dtype, shape } = entry;
  const { blocks } = formatOfTensor(entry).file;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    let before = 0;
    for await (const piece of file.bytes(name)) {
      const found = blocks?.findNonFinite(piece, before) ?? -1;
      if (found >= 0) {
        throw new RangeError(
          `${file.name}: expected finite scales in ${name}, got one at byte ${found}`,
        );
      }
      before += piece.length;
      yield piece;
    }
  }
  return { name, dtype, shape, bytes };
}
