import { shownText, shownValue } from '@ramble/core/files';

/** The types of values in a GGUF file's metadata; the number of a type is its index in this list. */
export const VALUE_TYPES = [
  ...(['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32'] as const),
  ...(['bool', 'string', 'array', 'uint64', 'int64', 'float64'] as const),
] as const;

type ValueType = (typeof VALUE_TYPES)[number];
/** A type of a single value or of an array's elements. */
export type ScalarType = Exclude<ValueType, 'array'>;
export type Scalar = number | boolean | string;

/** A value read from the metadata. */
export type MetadataValue = Scalar | readonly number[] | readonly boolean[] | readonly string[];

/** The metadata of a file by key, such as `general.architecture`. */
export type Metadata = ReadonlyMap<string, MetadataValue>;

/** A value to write, with its type in the file. */
export type TypedValue =
  | { readonly type: ScalarType; readonly value: Scalar }
  | { readonly type: 'array'; readonly of: ScalarType; readonly values: readonly Scalar[] };

/** Reader of metadata values of an expected type. Its functions return `undefined` for a missing key. */
export interface MetadataReader {
  /** Reads a nonnegative integer. */
  integer(key: string): number | undefined;
  number(key: string): number | undefined;
  boolean(key: string): boolean | undefined;
  text(key: string): string | undefined;
  texts(key: string): readonly string[] | undefined;
  numbers(key: string): readonly number[] | undefined;
  /** Reads which layers have a property: a number n for every n-th layer, or a list with an entry for each layer. */
  pattern(key: string): number | readonly (number | boolean)[] | undefined;
}

/**
 * Makes a reader of a file's metadata.
 *
 * @returns a reader whose functions throw a TypeError that names the key if its value has another type.
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

/** Size of a value of each type in bytes; for a string, the size of its length field. */
export const SCALAR_BYTES: Readonly<Record<ScalarType, number>> = {
  ...{ uint8: 1, int8: 1, bool: 1, uint16: 2, int16: 2, uint32: 4, int32: 4, float32: 4 },
  ...{ string: 8, uint64: 8, int64: 8, float64: 8 },
};

/** Maximum number of entries of an array: sixteen times the largest published vocabularies. */
const MAX_ENTRIES = 2 ** 22;

/**
 * Reads the beginning of a GGUF file front to back. Every count is checked before memory is allocated for it.
 * Each method throws a RangeError or TypeError with the expected value, or `HeaderGoesOn` if more of the file
 * must be read.
 */
export class HeaderCursor {
  private readonly view: DataView;
  private place = 0;

  /**
   * Opens a cursor at the first byte.
   *
   * @param head - The file's first bytes.
   * @param sizeBytes - The size of the whole file.
   */
  constructor(
    private readonly head: Uint8Array,
    private readonly sizeBytes: number,
  ) {
    this.view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  }

  /** Number of bytes that were read so far. */
  get at(): number {
    return this.place;
  }

  /** Reads an unsigned 32-bit integer. `what` names it in error messages. */
  uint32(what: string): number {
    return this.view.getUint32(this.take(what, 4), true);
  }

  /** Reads an unsigned 64-bit integer, which must be below 2^53. `what` names it in error messages. */
  size(what: string): number {
    return safe(what, this.view.getBigUint64(this.take(what, 8), true));
  }

  /**
   * Reads a number of items, and checks that so many fit into the rest of the file.
   *
   * @param minBytes - Minimum size of an item in bytes.
   */
  count(what: string, minBytes: number): number {
    const number = this.size(what);
    const max = Math.floor((this.sizeBytes - this.place) / minBytes);
    if (number <= max) return number;
    throw new RangeError(
      `expected at most ${max} ${what}, for which the file has room, got ${number}`,
    );
  }

  string(what: string): string {
    const length = this.count(`bytes of ${what}`, 1);
    const from = this.take(what, length);
    try {
      return UTF8.decode(this.head.subarray(from, from + length));
    } catch (error) {
      throw new TypeError(`expected ${what} in UTF-8, got other bytes`, { cause: error });
    }
  }

  scalar(what: string, type: ScalarType): Scalar {
    if (type === 'string') return this.string(what);
    const value = this.view[ACCESSORS[type][0]](this.take(what, SCALAR_BYTES[type]), true);
    if (typeof value === 'bigint') return safe(what, value);
    if (type !== 'bool') return value;
    if (value > 1) throw new RangeError(`expected ${what} of 0 or 1, got ${value}`);
    return value === 1;
  }

  array(what: string, type: ScalarType): MetadataValue {
    const entries = this.count(`entries of ${what}`, SCALAR_BYTES[type]);
    if (entries > MAX_ENTRIES) {
      throw new RangeError(`expected at most ${MAX_ENTRIES} entries of ${what}, got ${entries}`);
    }
    const values: Scalar[] = [];
    for (let i = 0; i < entries; i++) values.push(this.scalar(what, type));
    return values as MetadataValue; // all of one type
  }

  /** Advances the cursor and returns the offset of the skipped bytes. */
  private take(what: string, bytes: number): number {
    const at = this.place;
    if (bytes > this.sizeBytes - at) {
      throw new RangeError(
        `expected ${bytes} bytes of ${what} at ${at}, got a file of ${this.sizeBytes}`,
      );
    }
    if (at + bytes > this.head.length) throw new HeaderGoesOn();
    this.place += bytes;
    return at;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const accessors = <Name extends string>(name: Name) => [`get${name}`, `set${name}`] as const;

/** Names of the two methods of `DataView` that read and write a value, by the value's type. */
export const ACCESSORS = {
  ...{ uint8: accessors('Uint8'), int8: accessors('Int8'), bool: accessors('Uint8') },
  ...{ uint16: accessors('Uint16'), int16: accessors('Int16') },
  ...{ uint32: accessors('Uint32'), int32: accessors('Int32') },
  ...{ float32: accessors('Float32'), float64: accessors('Float64') },
  ...{ uint64: accessors('BigUint64'), int64: accessors('BigInt64') },
};

function safe(what: string, value: bigint): number {
  if (value >= -(2n ** 53n) && value <= 2n ** 53n - 1n) return Number(value);
  throw new RangeError(`expected ${what} below 2^53, got ${value}`);
}

/** Returns a key or a name for error messages, in one short line. */
export function shownName(name: string): string {
  return shownText(name, 1000);
}

/**
 * Returns the shortest decimal number that rounds to the same float32: 0.00001 for 0.000009999999747378752.
 */
export function shortest(value: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === Math.fround(value)) return rounded;
  }
  return value;
}
