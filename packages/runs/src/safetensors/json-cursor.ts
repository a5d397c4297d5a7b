import { shownValue } from '@ramble/core/files';

/** The largest models that are published have some thousands of tensors a file. */
const MAX_KEYS = 100_000;

/**
 * Reads JSON front to back, for headers from strangers: repeated keys, numbers that are not plain
 * integers and broken characters are refused, where `JSON.parse` keeps the last, rounds or lets
 * pass. The reader names what it expects, so that nesting costs no stack.
 */
export interface JsonCursor {
  /**
   * Reads an object, key by key.
   *
   * @param readValue - Reads the value of a key.
   */
  object(readValue: (key: string) => void): void;
  array<T>(readItem: () => T): T[];
  string(): string;
  /** An integer from 0 to 2^53 - 1, written in digits only. */
  integer(): number;
  /** Nothing but white space may follow. */
  end(): void;
}

/**
 * A cursor that reads JSON strictly, from its first character to its last.
 *
 * @returns a cursor whose functions throw a TypeError that names the place.
 */
export function jsonCursor(text: string): JsonCursor {
  let at = 0;

  const fail = (expected: string): never => {
    const rest = text.slice(at, at + 12);
    const got = rest === '' ? 'its end' : shownValue(rest);
    throw new TypeError(`expected ${expected} at character ${at} of the header, got ${got}`);
  };
  const skipSpace = (): void => {
    while (at < text.length && ' \t\n\r'.includes(text[at])) at++;
  };
  /** Moves over `character` if it comes next. */
  const take = (character: string): boolean => {
    skipSpace();
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  const list = (open: string, close: string, readItem: () => void): void => {
    if (!take(open)) fail(open);
    if (take(close)) return;
    do readItem();
    while (take(','));
    if (!take(close)) fail(`, or ${close}`);
  };

  const cursor: JsonCursor = {
    object: (readValue) => {
      const keys = new Set<string>();
      list('{', '}', () => {
        const key = cursor.string();
        if (keys.size === MAX_KEYS) fail(`at most ${MAX_KEYS} keys`);
        if (keys.has(key)) fail(`a key that differs from the earlier ${shownValue(key)}`);
        keys.add(key);
        if (!take(':')) fail(':');
        readValue(key);
      });
    },
    array: <T>(readItem: () => T): T[] => {
      const items: T[] = [];
      list('[', ']', () => items.push(readItem()));
      return items;
    },
    string: () => {
      if (!take('"')) fail('a string');
      let end = at;
      while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
      const value = parseString(text.slice(at - 1, end + 1));
      if (value === undefined) return fail('a string');
      at = end + 1;
      return value;
    },
    integer: () => {
      skipSpace();
      // 16 digits hold every safe integer; a longer number fails at its 17th.
      const digits = /0|[1-9]\d{0,15}/y;
      digits.lastIndex = at;
      const value = Number(digits.exec(text)?.[0]);
      if (!Number.isSafeInteger(value)) fail('an integer below 2^53');
      at = digits.lastIndex;
      return value;
    },
    end: () => {
      skipSpace();
      if (at < text.length) fail('nothing more');
    },
  };
  return cursor;
}

/** @returns `undefined` when it is no JSON string of whole characters. */
function parseString(literal: string): string | undefined {
  try {
    const value = JSON.parse(literal) as string; // it begins with a quotation mark
    return /\p{Surrogate}/u.test(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
