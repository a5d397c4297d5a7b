import { shownText } from '@ramble/core/files';

import type { MetadataValue, ScalarType } from './metadata.js';

/** Thrown when a header goes on behind the part of the file that was read. */
export class HeaderGoesOn extends Error {}

/** Bytes of a value of each type; of a string, those of its length. */
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

/** What a key or a name is called in errors, in one short line. */
export function shownName(name: string): string {
  return shownText(name, 1000);
}
