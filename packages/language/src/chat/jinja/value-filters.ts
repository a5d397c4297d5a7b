import { intOf, textOf } from './arguments.js';
import type { Budget } from './budget.js';
import { Dict, itemsOf, Undefined } from './objects.js';
import type { FilterContext, Given } from './sequence-filters.js';
import { splitLines, strip } from './text-functions.js';
import {
  characters,
  fixed,
  isList,
  isTrue,
  lengthOf,
  listOf,
  numberOf,
  print,
  PythonError,
  PythonObject,
  sizeOf,
  type Value,
} from './values.js';

/** Removes the parts of a text from a start sign to the next end sign. */
export function withoutTags(text: string, start: string, end: string): string {
  const kept: string[] = [];
  let at = 0;
  for (;;) {
    const from = text.indexOf(start, at);
    const to = from < 0 ? -1 : text.indexOf(end, from);
    if (to < 0) return kept.join('') + text.slice(at);
    kept.push(text.slice(at, from));
    at = to + end.length;
  }
}

/** Returns the value; throws PythonError if it is an `Undefined`. */
export function known(value: Value): Value {
  if (value instanceof Undefined) throw value.error;
  return value;
}

export function indent(value: Value, given: Given, { budget }: FilterContext): Value {
  const [width = 4n, first = false, blank = false] = given;
  const room = typeof width === 'string' ? width.length : Math.max(intOf(width, 4), 0);
  const text = textOf(known(value));
  budget.work(text.length);
  const lines = splitLines(`${text}\n`, false, budget);
  budget.text(text.length + room * (lines.length + 1));
  const space = typeof width === 'string' ? width : ' '.repeat(room);
  const written = lines.map((line, i) =>
    i > 0 && (isTrue(blank) || line !== '') ? space + line : line,
  );
  return (isTrue(first) ? space : '') + written.join('\n');
}

export function round(value: Value, [precision = 0n, method = 'common']: Given): Value {
  const number = numberOf(known(value));
  const digits = intOf(precision, 0);
  if (number === undefined) throw new PythonError('round: expected a number');
  if (method === 'ceil' || method === 'floor') {
    const scale = 10 ** digits;
    return Math[method](Number(number) * scale) / scale;
  }
  if (method !== 'common') throw new PythonError('method must be common, ceil or floor');
  if (typeof number === 'number') return Number(fixed(number, digits));
  if (digits >= 0) return number;
  return BigInt(fixed(Number(number), digits));
}

export function truncate(value: Value, given: Given, { budget }: FilterContext): Value {
  const [length = 255n, killsWords = false, end = '...', leeway = 5n] = given;
  const [max, tail] = [intOf(length, 255), textOf(end)];
  const kept = max - lengthOf(tail, budget);
  if (kept < 0) throw new PythonError('truncate: expected a length of at least that of the end');
  if (sizeOf(value, budget) <= max + intOf(leeway ?? undefined, 5)) return value;
  const all = characters(textOf(value), budget).slice(0, kept);
  const cut = typeof all === 'string' ? all : all.join('');
  const at = cut.lastIndexOf(' ');
  return (isTrue(killsWords) || at < 0 ? cut : cut.slice(0, at)) + tail;
}

export function urlEncode(value: Value, _: Given, { budget }: FilterContext): Value {
  const quote = (part: Value, keeps: RegExp): string => {
    const text = print(part, budget);
    budget.text(3 * text.length);
    return encodeURIComponent(text)
      .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
      .replace(keeps, '/');
  };
  const isWhole =
    typeof value === 'string' ||
    !(isList(value) || (value instanceof PythonObject && value.elements()));
  if (isWhole) return quote(value, /%2F/g);
  const pairs = value instanceof Dict ? value.entries() : listOf(value, budget).map(pairOf);
  return pairs
    .map((pair) => pair.map((part) => quote(part, /(?!)/).replaceAll('%20', '+')).join('='))
    .join('&');
}

function pairOf(value: Value): readonly Value[] {
  const items = itemsOf(value);
  if (items?.length !== 2) throw new PythonError('urlencode: expected pairs');
  return items;
}

/** Maximum number of digits when a text is read as an int, as in Python. */
const MAX_INT_DIGITS = 4300;

/** Converts a value as Python's `int` does; returns `undefined` if that fails. */
export function toInt(value: Value, base: Value, budget: Budget): bigint | undefined {
  if (value instanceof Undefined) throw value.error;
  if (typeof value === 'string') {
    const radix = intOf(base, 10);
    const digits = /^([-+]?)(?:0[xXoObB])?([\da-zA-Z](?:_?[\da-zA-Z])*)$/.exec(
      strip(value, undefined, true, true),
    );
    const bare = digits?.[2].replaceAll('_', '').toLowerCase() ?? '';
    const isRight =
      bare.length <= MAX_INT_DIGITS &&
      Array.from(bare).every((digit) => Number.parseInt(digit, 36) < radix);
    if (digits && isRight && (radix !== 10 || !/^[-+]?0[xob]/i.test(digits[0]))) {
      budget.work(bare.length ** 2 / 64);
      const whole = Array.from(bare).reduce(
        (sum, digit) => sum * BigInt(radix) + BigInt(Number.parseInt(digit, 36)),
        0n,
      );
      return digits[1] === '-' ? -whole : whole;
    }
  }
  const number = typeof value === 'string' ? toFloat(value) : numberOf(value);
  if (typeof number === 'bigint' || number === undefined) return number;
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : undefined;
}

/** Converts a value as Python's `float` does; returns `undefined` if that fails. */
export function toFloat(value: Value): number | undefined {
  if (value instanceof Undefined) throw value.error;
  if (typeof value !== 'string') {
    const number = numberOf(value);
    return number === undefined ? undefined : Number(number);
  }
  const text = strip(value, undefined, true, true).toLowerCase();
  const special = /^([-+]?)(inf|infinity|nan)$/.exec(text);
  if (special) return special[2] === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
  const isNumber =
    /^[-+]?(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:e[-+]?\d(?:_?\d)*)?$/;
  return isNumber.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}
