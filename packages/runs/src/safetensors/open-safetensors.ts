import { sizeOf } from '@ramble/core/engine';
import { type ByteSource, named } from '@ramble/core/files';

import {
  bytesOf,
  FLOAT_CODECS,
  floatPieces,
  readFloats,
  type TensorBytes,
  tensorIn,
} from './float-codecs.js';
import { parseSafetensorsHeader } from './safetensors-header.js';

/**
 * Maximum size of a header in bytes, a tenth of the official reader's limit: an entry of a tensor takes about a
 * hundred bytes, and the largest published files have some thousands of entries.
 */
const MAX_HEADER_BYTES = 10_000_000;
/** Size of a piece in bytes: a multiple of every data type's size. */
const PIECE_BYTES = 2 ** 22;

/** A file of named tensors, whose values are read on request. */
export interface Safetensors extends TensorBytes {
  readonly metadata: ReadonlyMap<string, string>;
  /**
   * Reads a tensor of 16- or 32-bit floats, row-major, into a new array. It takes the array's memory and a
   * few megabytes.
   *
   * @throws RangeError if the file has no such tensor; TypeError if it has another type.
   */
  read(name: string): Promise<Float32Array>;
}

/**
 * Opens a safetensors file: reads and checks its header. Memory for tensors is allocated only when they are read.
 *
 * @throws TypeError or RangeError that names the file and the tensor, if the file is malformed.
 */
export async function openSafetensors(source: ByteSource): Promise<Safetensors> {
  const headerBytes = await readHeaderBytes(source);
  const dataStart = 8 + headerBytes;
  const text = decodeUtf8(source.name, await source.read(8, headerBytes));
  const { metadata, tensors } = named(source.name, () =>
    parseSafetensorsHeader(text, source.sizeBytes - dataStart),
  );
  const entries = new Map(tensors.map((tensor) => [tensor.name, tensor]));

  const pieceBytes = Math.min(PIECE_BYTES, source.sizeBytes - dataStart);
  /**
   * Reused buffers: with megabytes of new memory per piece, V8 would run a full garbage collection every few
   * pieces.
   */
  const idle: Uint8Array[] = [];
  const takeMemory = (): Uint8Array => idle.pop() ?? new Uint8Array(pieceBytes);
  async function* bytes(name: string): AsyncGenerator<Uint8Array, void, undefined> {
    const { start, end } = tensorIn(source.name, entries, name);
    const readAt = (at: number, memory: Uint8Array): Promise<Uint8Array> | undefined =>
      at < end ? source.read(dataStart + at, Math.min(PIECE_BYTES, end - at), memory) : undefined;
    // Three buffers: one is being read, one is the caller's, and the previous one may still be in use by a
    // writer.
    const memories = [takeMemory(), takeMemory(), takeMemory()];
    let next = readAt(start, memories[0]);
    for (let number = 1; next; number++) {
      const piece = await next;
      next = readAt(start + number * PIECE_BYTES, memories[number % memories.length]);
      next?.catch(() => undefined); // its error is reported when the piece is requested
      yield piece;
    }
    idle.push(...memories); // not earlier: a piece that was never requested may still be in reading
  }
  const file = { name: source.name, metadata, tensors: entries, bytes };
  return { ...file, read: (tensor) => readFloats(file, tensor) };
}

/** Reads the file's first 8 bytes: the length of its header. */
async function readHeaderBytes(source: ByteSource): Promise<number> {
  const { name, sizeBytes } = source;
  if (sizeBytes < 8) {
    throw new RangeError(`${name}: expected a safetensors file, got ${sizeBytes} bytes`);
  }
  const { buffer, byteOffset } = await source.read(0, 8);
  const length = new DataView(buffer, byteOffset, 8).getBigUint64(0, true);
  const max = Math.min(sizeBytes - 8, MAX_HEADER_BYTES);
  if (length > max) {
    throw new RangeError(`${name}: expected a header of at most ${max} bytes, got ${length}`);
  }
  return Number(length);
}

function decodeUtf8(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new TypeError(`${name}: expected a header in UTF-8`, { cause: error });
  }
}

/** Whether two tensors of a file have the same bytes. */
export async function isSameTensor(
  file: Pick<Safetensors, 'bytes'>,
  one: string,
  other: string,
): Promise<boolean> {
  const others = file.bytes(other);
  for await (const piece of file.bytes(one)) {
    const { value } = await others.next();
    if (value?.length !== piece.length || piece.some((byte, i) => byte !== value[i])) return false;
  }
  return (await others.next()).done === true;
}

/**
 * Checks that an output projection that is tied to the token embedding has the same values as the embedding.
 *
 * @throws RangeError that names the file and the projection, if it does not.
 */
export async function checkTied(file: Safetensors, head: string, embedding: string): Promise<void> {
  if (await isSameTensor(file, head, embedding)) return;
  throw new RangeError(
    `${file.name}: expected ${head} equal to the token embedding (tie_word_embeddings), got other values`,
  );
}

/** Whole rows of a tensor. */
export interface TensorRows {
  readonly firstRow: number;
  /** Values of the rows, row-major, valid until the next rows are requested. */
  readonly values: Float32Array;
}

/**
 * Yields a tensor of 16- or 32-bit floats in pieces of whole rows, a few megabytes each. A vector is one row.
 *
 * @throws RangeError if the file has no such tensor; TypeError if its type is not F32, F16 or BF16.
 */
export async function* tensorRows(
  file: Safetensors,
  name: string,
): AsyncGenerator<TensorRows, void, undefined> {
  const shape = file.tensors.get(name)?.shape ?? []; // `floatPieces` throws if the tensor is missing
  const width = shape.at(-1) ?? 1;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const piece of floatPieces(file, name)) yield bytesOf(piece);
  }
  let firstRow = 0;
  for await (const rows of wholeRows(bytes(), 4 * width, sizeOf(shape) / width)) {
    const values = FLOAT_CODECS.F32.decode(rows);
    yield { firstRow, values };
    firstRow += values.length / width;
  }
}

/**
 * Yields the bytes of a tensor, which come in pieces of any length, in pieces of whole rows. A piece is valid until
 * the next one is requested.
 */
export async function* wholeRows(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  rowBytes: number,
  rowCount: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held = new Uint8Array(0); // the first `count` bytes were read but not yielded
  let count = 0;
  for await (const piece of pieces) {
    const sum = count + piece.length;
    if (held.length < sum) {
      const grown = new Uint8Array(Math.min(rowBytes * rowCount, sum + rowBytes));
      grown.set(held.subarray(0, count));
      held = grown;
    }
    held.set(piece, count);
    const whole = sum - (sum % rowBytes);
    count = sum - whole;
    if (whole === 0) continue;
    yield held.subarray(0, whole);
    held.copyWithin(0, whole, sum);
  }
}
