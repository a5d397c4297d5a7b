import { type ByteSource, named, shownText } from '@ramble/core/files';

import { tensorIn } from '../../safetensors/float-codecs.js';
import {
  HeaderCursor,
  HeaderGoesOn,
  type Metadata,
  type MetadataValue,
  shownName,
  VALUE_TYPES,
} from './metadata.js';
import { rowBytes, TENSOR_TYPES, type TensorType, tensorType } from './tensor-types.js';

/** Numbers of bytes to read for the header: each is tried if the one before was too short. */
const HEADER_BYTES = [2 ** 22, 2 ** 25, 2 ** 28];
const PIECE_BYTES = 2 ** 22;

/** An open GGUF file, whose tensors are read on request. */
export interface Gguf {
  /** Name of the file, for error messages. */
  readonly name: string;
  readonly metadata: Metadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /**
   * Reads a tensor's blocks unchanged, in pieces of a few megabytes. A piece stays valid while the next one
   * is read, and no longer.
   *
   * @param unitRows - Number of rows that must stay together: the rows of a piece are a multiple of it.
   * @throws RangeError if the file has no such tensor.
   */
  rows(name: string, unitRows?: number): AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * Opens a GGUF file of version 2 or 3: reads and checks its header.
 *
 * @throws TypeError or RangeError that names the file, and the key or the tensor, if the file is malformed.
 */
export async function openGguf(source: ByteSource): Promise<Gguf> {
  const { metadata, tensors, dataStart } = await readHeader(source);
  const entries = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  async function* rows(name: string, unitRows = 1): ReturnType<Gguf['rows']> {
    const tensor = tensorIn(source.name, entries, name);
    const unitBytes = unitRows * rowBytes(tensor.type, tensor.shape[tensor.shape.length - 1]);
    const pieceBytes = unitBytes * Math.max(1, Math.floor(PIECE_BYTES / unitBytes));
    const memories = [0, 1].map(() => new Uint8Array(Math.min(pieceBytes, sizeOf(tensor))));
    for (let at = tensor.start, turn = 0; at < tensor.end; at += pieceBytes, turn = 1 - turn) {
      const length = Math.min(pieceBytes, tensor.end - at);
      yield await source.read(dataStart + at, length, memories[turn]);
    }
  }
  return { name: source.name, metadata, tensors: entries, rows };
}

function sizeOf({ start, end }: GgufTensor): number {
  return end - start;
}

async function readHeader(source: ByteSource): Promise<GgufHeader> {
  const { name, sizeBytes } = source;
  for (const bytes of HEADER_BYTES) {
    const head = await source.read(0, Math.min(bytes, sizeBytes));
    try {
      return named(name, () => readGgufHeader(new HeaderCursor(head, sizeBytes), sizeBytes));
    } catch (error) {
      if (!(error instanceof HeaderGoesOn)) throw error;
    }
  }
  throw new RangeError(
    `${name}: expected a header of at most ${HEADER_BYTES.at(-1)} bytes, got more`,
  );
}

/** A tensor of a file: its type, its shape, and the offset of its bytes in the data. */
export interface GgufTensor {
  readonly name: string;
  readonly type: TensorType;
  /** Lengths of the axes, row-major. The file stores them in reverse order. */
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** Header of a file, before the data of its tensors. */
interface GgufHeader {
  readonly version: number;
  readonly metadata: Metadata;
  readonly tensors: readonly GgufTensor[];
  /** Offset of the data in the file, in bytes. */
  readonly dataStart: number;
}

/** The first four bytes of a GGUF file. */
export const MAGIC = 'GGUF';
/** Alignment of tensors in bytes, unless `general.alignment` is set. */
export const ALIGNMENT = 32;

const VERSIONS = [2, 3];
const MAX_ALIGNMENT = 2 ** 20;
/** Maximum number of characters of a key or a name. Names in llama.cpp have at most 64. */
const MAX_NAME = 1000;
/** Minimum number of bytes of a metadata entry and of a tensor's description. */
const [MIN_ENTRY_BYTES, MIN_TENSOR_BYTES] = [8 + 4 + 1, 8 + 4 + 8 + 4 + 8];
const MAX_AXES = 4;

/**
 * Reads the header of a GGUF file.
 *
 * @param sizeBytes - Size of the file, which must contain all tensors that the header names.
 * @throws TypeError or RangeError that names the key or the tensor, if the file is malformed; errors of the
 *   cursor.
 */
function readGgufHeader(cursor: HeaderCursor, sizeBytes: number): GgufHeader {
  const magic = cursor.uint32('the word GGUF');
  const letters = String.fromCharCode(...[0, 8, 16, 24].map((shift) => (magic >>> shift) & 0xff));
  if (letters !== MAGIC) {
    throw new TypeError(`expected a file that begins with ${MAGIC}, got ${shownText(letters)}`);
  }
  const version = cursor.uint32('the version');
  if (version !== 0 && (version & 0xffff) === 0) {
    throw new RangeError('expected a little-endian file, got a big-endian one');
  }
  if (!VERSIONS.includes(version)) {
    throw new RangeError(`expected version ${VERSIONS.join(' or ')} of GGUF, got ${version}`);
  }
  const tensorCount = cursor.count('tensors', MIN_TENSOR_BYTES);
  const metadata = readMetadata(cursor);
  const alignment = readAlignment(metadata);
  const tensors = readTensors(cursor, tensorCount, alignment);
  const dataStart = padded(cursor.at, alignment);
  const dataEnd = dataStart + (tensors.at(-1)?.end ?? 0);
  // Padding after the last tensor is optional.
  if (sizeBytes < dataEnd || sizeBytes > padded(dataEnd, alignment)) {
    throw new RangeError(`expected a file of ${dataEnd} bytes, got ${sizeBytes}`);
  }
  return { version, metadata, tensors, dataStart };
}

/** Rounds a number of bytes up to a multiple of the alignment. */
export function padded(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function readMetadata(cursor: HeaderCursor): Metadata {
  const count = cursor.count('entries of metadata', MIN_ENTRY_BYTES);
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < count; i++) {
    const key = readName(cursor, 'a key');
    if (metadata.has(key)) {
      throw new RangeError(`expected keys that differ, got ${shownName(key)} twice`);
    }
    metadata.set(
      key,
      named(shownName(key), () => readValue(cursor)),
    );
  }
  return metadata;
}

function readValue(cursor: HeaderCursor): MetadataValue {
  const type = readValueType(cursor);
  if (type !== 'array') return cursor.scalar('a value', type);
  const of = readValueType(cursor);
  if (of === 'array') throw new TypeError('expected an array of values, got one of arrays');
  return cursor.array('the array', of);
}

function readValueType(cursor: HeaderCursor): (typeof VALUE_TYPES)[number] {
  const id = cursor.uint32('a type');
  const type = VALUE_TYPES.at(id);
  if (type === undefined) {
    throw new RangeError(`expected a type below ${VALUE_TYPES.length}, got ${id}`);
  }
  return type;
}

function readName(cursor: HeaderCursor, what: string): string {
  const name = cursor.string(what);
  if (name !== '' && name.length <= MAX_NAME) return name;
  throw new RangeError(`expected ${what} of 1 to ${MAX_NAME} characters, got ${name.length}`);
}

function readAlignment(metadata: Metadata): number {
  const alignment = metadata.get('general.alignment') ?? ALIGNMENT;
  const isPower = typeof alignment === 'number' && Number.isInteger(Math.log2(alignment));
  if (isPower && alignment >= 1 && alignment <= MAX_ALIGNMENT) return alignment;
  throw new RangeError(
    `general.alignment: expected a power of two up to ${MAX_ALIGNMENT}, got ${shownText(String(alignment))}`,
  );
}

function readTensors(cursor: HeaderCursor, count: number, alignment: number): GgufTensor[] {
  const names = new Set<string>();
  const tensors: GgufTensor[] = [];
  let start = 0;
  for (let i = 0; i < count; i++) {
    const name = readName(cursor, 'the name of a tensor');
    if (names.has(name)) {
      throw new RangeError(`expected names of tensors that differ, got ${shownName(name)} twice`);
    }
    names.add(name);
    const tensor = named(shownName(name), () => readTensor(cursor, name, start));
    tensors.push(tensor);
    start = padded(tensor.end, alignment);
  }
  return tensors;
}

/**
 * Reads the description of a tensor.
 *
 * @param start - Offset at which the data of the tensor must begin: right after the tensor before it.
 */
function readTensor(cursor: HeaderCursor, name: string, start: number): GgufTensor {
  const axes = cursor.uint32('the number of axes');
  if (axes < 1 || axes > MAX_AXES) {
    throw new RangeError(`expected 1 to ${MAX_AXES} axes, got ${axes}`);
  }
  const shape = Array.from({ length: axes }, () => cursor.size('the length of an axis')).reverse();
  const type = tensorType(cursor.uint32('a type'));
  const sizeBytes = checkedBytes(type, shape);
  const offset = cursor.size('an offset');
  if (offset !== start) {
    throw new RangeError(`expected to begin at byte ${start} of the data, got ${offset}`);
  }
  return { name, type, shape, start, end: start + sizeBytes };
}

function checkedBytes(type: TensorType, shape: readonly number[]): number {
  const entries = shape.reduce((product, length) => {
    if (length > 0 && Number.isSafeInteger(8 * product * length)) return product * length;
    throw new RangeError(`expected a shape of 1 to 2^50 entries, got [${shape.join()}]`);
  }, 1);
  const width = shape[shape.length - 1];
  const { blockValues } = TENSOR_TYPES[type];
  if (width % blockValues !== 0) {
    throw new RangeError(
      `expected rows of a multiple of ${blockValues} entries for ${type}, got ${width}`,
    );
  }
  return (entries / width) * rowBytes(type, width);
}
