import { inspect } from 'node:util';

/** Characters of a value that are shown. */
const SHOWN_LENGTH = 60;

/** A value in an error: as JSON, shortened, or by its kind where JSON has no words for it. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'none';
  if (typeof value === 'function') return 'a function';
  if (value instanceof Promise) return 'a Promise';
  const text = jsonOf(value) ?? inspect(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}

/** Tokens in an error, as `showValue` shows their list; training asks for crops all the time, of long pieces. */
export function showTokens(tokens: ArrayLike<number>): string {
  const length = Math.min(tokens.length, SHOWN_LENGTH); // each takes a character or more
  return showValue(Array.from({ length }, (_, i) => tokens[i]));
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value); // none for a symbol
  } catch {
    return undefined; // it holds itself, or a BigInt
  }
}
