import { shownValue } from '@ramble/core/files';

import type { Metadata, MetadataValue } from './metadata.js';

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
