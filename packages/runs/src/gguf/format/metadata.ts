import { shownText, shownValue } from '@ramble/core/files';

/** The types of values in a GGUF file's metadata; a type's number is its place in this list. */
export const VALUE_TYPES = [
  ...(['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32'] as const),
  ...(['bool', 'string', 'array', 'uint64', 'int64', 'float64'] as const),
] as const;

type ValueType = (typeof VALUE_TYPES)[number];
/** A type of a single value, which an array holds many of. */
export type ScalarType = Exclude<ValueType, 'array'>;
export type Scalar = number | boolean | string;

/** A value read from the metadata. */
export type MetadataValue = Scalar | readonly number[] | readonly boolean[] | readonly string[];

/** The metadata of a file by key, such as `general.architecture`. */
export type Metadata = ReadonlyMap<string, MetadataValue>;

/** A value to be written with its type. */
export type TypedValue =
  | { readonly type: ScalarType; readonly value: Scalar }
  | { readonly type: 'array'; readonly of: ScalarType; readonly values: readonly Scalar[] };

/** Reads values of the kind that is expected; of one that is missing, `undefined`. */
export interface MetadataReader {
  /** An integer from 0 on. */
  integer(key: string): number | undefined;
  number(key: string): number | undefined;
  boolean(key: string): boolean | undefined;
  text(key: string): string | undefined;
  texts(key: string): readonly string[] | undefined;
  numbers(key: string): readonly number[] | undefined;
  /** Layers by a number, every one of so many, or by a list with an entry for each. */
  pattern(key: string): number | readonly (number | boolean)[] | undefined;
}

/**
 * A reader of a file's metadata.
 *
 * @returns a reader whose functions throw a TypeError that names the key, where its value is of another
 *   kind.
 */
export function metadataReader(metadata: Metadata): MetadataReader {
  const reader =
    <T extends MetadataValue>(kind: string, is: (value: MetadataValue) => value is T) =>
    (key: string): T | undefined => {
      const value = metadata.get(key);
      if (value === undefined || is(value)) return value;
      throw new TypeError(`${key}: expected ${kind}, got ${shownValue(value)}`);
    };
  return {
    integer: reader(
      'an integer',
      (value): value is number => Number.isInteger(value) && Number(value) >= 0,
    ),
    number: reader('a number', (value): value is number => Number.isFinite(value)),
    boolean: reader('true or false', (value) => typeof value === 'boolean'),
    text: reader('a text', (value) => typeof value === 'string'),
    texts: reader('texts', (value): value is readonly string[] => isArrayOf(value, 'string')),
    numbers: reader('numbers', (value): value is readonly number[] => isArrayOf(value, 'number')),
    pattern: reader(
      'an integer or a list',
      (value): value is number | readonly number[] | readonly boolean[] =>
        Number.isInteger(value) || isArrayOf(value, 'number') || isArrayOf(value, 'boolean'),
    ),
  };
}

function isArrayOf(value: MetadataValue, kind: 'string' | 'number' | 'boolean'): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === kind);
}

/** Thrown when a header is longer than the part of the file that was read. */
export class HeaderGoesOn extends Error {}

/** Bytes of a value of each type; for a string, the bytes of its length field. */
export const SCALAR_BYTES: Readonly<Record<ScalarType, number>> = {
  ...{ uint8: 1, int8: 1, bool: 1, uint16: 2, int16: 2, uint32: 4, int32: 4, float32: 4 },
  ...{ string: 8, uint64: 8, int64: 8, float64: 8 },
};

/** Sixteen times the largest vocabularies that are published. */
const MAX_ENTRIES = 2 ** 22;

/** Reads a GGUF header front to back. Every count is checked before memory is taken for it. */
export interface HeaderCursor {
  /** Bytes that were read. */
  readonly at: number;
  /** A number of 32 bits. */
  uint32(what: string): number;
  /** A number of 64 bits, below 2^53. */
  size(what: string): number;
  /** A count of things that take at least so many bytes each. */
  count(what: string, minBytes: number): number;
  string(what: string): string;
  scalar(what: string, type: ScalarType): number | boolean | string;
  array(what: string, type: ScalarType): MetadataValue;
}

/**
 * A cursor over the beginning of a file.
 *
 * @param head - The file's first bytes.
 * @param sizeBytes - The size of the whole file.
 * @returns a cursor whose functions throw a RangeError or TypeError that says what was expected, or
 *   `HeaderGoesOn` where more of the file has to be read.
 */
export function headerCursor(head: Uint8Array, sizeBytes: number): HeaderCursor {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let at = 0;

  /** Moves over bytes, and returns where they begin. */
  const take = (what: string, bytes: number): number => {
    if (bytes > sizeBytes - at) {
      throw new RangeError(
        `expected ${bytes} bytes of ${what} at ${at}, got a file of ${sizeBytes}`,
      );
    }
    if (at + bytes > head.length) throw new HeaderGoesOn();
    at += bytes;
    return at - bytes;
  };
  const safe = (what: string, value: bigint): number => {
    if (value >= -(2n ** 53n) && value <= 2n ** 53n - 1n) return Number(value);
    throw new RangeError(`expected ${what} below 2^53, got ${value}`);
  };
  const count = (what: string, minBytes: number): number => {
    const number = cursor.size(what);
    const most = Math.floor((sizeBytes - at) / minBytes);
    if (number > most) {
      throw new RangeError(
        `expected at most ${most} ${what}, for which the file has room, got ${number}`,
      );
    }
    return number;
  };
  const readers: Readonly<Record<ScalarType, (what: string, at: number) => number | boolean>> = {
    uint8: (_, from) => view.getUint8(from),
    int8: (_, from) => view.getInt8(from),
    uint16: (_, from) => view.getUint16(from, true),
    int16: (_, from) => view.getInt16(from, true),
    uint32: (_, from) => view.getUint32(from, true),
    int32: (_, from) => view.getInt32(from, true),
    float32: (_, from) => view.getFloat32(from, true),
    float64: (_, from) => view.getFloat64(from, true),
    uint64: (what, from) => safe(what, view.getBigUint64(from, true)),
    int64: (what, from) => safe(what, view.getBigInt64(from, true)),
    string: (what, from) => safe(what, view.getBigUint64(from, true)), // its length
    bool: (what, from) => {
      const value = view.getUint8(from);
      if (value > 1) throw new RangeError(`expected ${what} of 0 or 1, got ${value}`);
      return value === 1;
    },
  };
  const cursor: HeaderCursor = {
    get at() {
      return at;
    },
    uint32: (what) => view.getUint32(take(what, 4), true),
    size: (what) => safe(what, view.getBigUint64(take(what, 8), true)),
    count,
    string: (what) => {
      const length = count(`bytes of ${what}`, 1);
      const from = take(what, length);
      try {
        return utf8.decode(head.subarray(from, from + length));
      } catch (error) {
        throw new TypeError(`expected ${what} in UTF-8, got other bytes`, { cause: error });
      }
    },
    scalar: (what, type) =>
      type === 'string' ? cursor.string(what) : readers[type](what, take(what, SCALAR_BYTES[type])),
    array: (what, type) => {
      const entries = count(`entries of ${what}`, SCALAR_BYTES[type]);
      if (entries > MAX_ENTRIES) {
        throw new RangeError(`expected at most ${MAX_ENTRIES} entries of ${what}, got ${entries}`);
      }
      const values: (number | boolean | string)[] = [];
      for (let i = 0; i < entries; i++) values.push(cursor.scalar(what, type));
      return values as MetadataValue; // all of one type
    },
  };
  return cursor;
}

/** A key or a name as errors show it, in one short line. */
export function shownName(name: string): string {
  return shownText(name, 1000);
}

/** Storage format of a tensor type: blocks along the rows, each of `blockValues` values in `blockBytes` bytes. */
export interface TensorFormat {
  /** The type's number in the file. */
  readonly id: number;
  readonly blockValues: number;
  readonly blockBytes: number;
}

/** The types of tensors that are read. */
export const TENSOR_TYPES = {
  F32: { id: 0, blockValues: 1, blockBytes: 4 },
  F16: { id: 1, blockValues: 1, blockBytes: 2 },
  Q4_0: { id: 2, blockValues: 32, blockBytes: 18 },
  Q4_1: { id: 3, blockValues: 32, blockBytes: 20 },
  Q5_0: { id: 6, blockValues: 32, blockBytes: 22 },
  Q5_1: { id: 7, blockValues: 32, blockBytes: 24 },
  Q8_0: { id: 8, blockValues: 32, blockBytes: 34 },
  Q4_K: { id: 12, blockValues: 256, blockBytes: 144 },
  Q5_K: { id: 13, blockValues: 256, blockBytes: 176 },
  Q6_K: { id: 14, blockValues: 256, blockBytes: 210 },
  BF16: { id: 30, blockValues: 1, blockBytes: 2 },
} as const satisfies Record<string, TensorFormat>;

export type TensorType = keyof typeof TENSOR_TYPES;

/** Names of types that are not read, for the error that says so. */
const OTHER_NAMES: Readonly<Record<number, string>> = {
  ...{ 9: 'Q8_1', 10: 'Q2_K', 11: 'Q3_K', 15: 'Q8_K', 16: 'IQ2_XXS', 17: 'IQ2_XS', 18: 'IQ3_XXS' },
  ...{ 19: 'IQ1_S', 20: 'IQ4_NL', 21: 'IQ3_S', 22: 'IQ2_S', 23: 'IQ4_XS', 24: 'I8', 25: 'I16' },
  ...{ 26: 'I32', 27: 'I64', 28: 'F64', 29: 'IQ1_M', 34: 'TQ1_0', 35: 'TQ2_0', 39: 'MXFP4' },
};

const BY_ID = new Map<number, TensorType>(
  Object.entries(TENSOR_TYPES).map(([name, { id }]) => [id, name as TensorType]), // its own keys
);

/**
 * The type with a number.
 *
 * @throws RangeError when it is none that is read.
 */
export function tensorType(id: number): TensorType {
  const type = BY_ID.get(id);
  if (type !== undefined) return type;
  const known = [...BY_ID.values()].join(', ');
  throw new RangeError(`expected a type of ${known}, got ${OTHER_NAMES[id] ?? `number ${id}`}`);
}

/** Bytes of a row of so many values, which is a whole number of blocks. */
export function rowBytes(type: TensorType, width: number): number {
  const { blockValues, blockBytes } = TENSOR_TYPES[type];
  return (width / blockValues) * blockBytes;
}
