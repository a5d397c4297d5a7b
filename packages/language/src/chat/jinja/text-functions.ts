import { intOf, textOf } from './arguments.js';
import type { Budget } from './budget.js';
import { SPACE } from './tokens.js';
import { isPair, lengthOf, listOf, PythonError, typeOf, type Value } from './values.js';

const SPACES = new RegExp(`${SPACE}+`, 'g');
const ONE_SPACE = new RegExp(`^${SPACE}$`);
// eslint-disable-next-line no-control-regex -- Python's ends of lines
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g;

export function capitalize(text: string): string {
  const [first = ''] = text;
  return upperFirst(first) + text.slice(first.length).toLowerCase();
}

/** Returns the title case of a character; if it has several letters, only the first is a capital. */
function upperFirst(character: string): string {
  const [first = '', ...rest] = character.toUpperCase();
  return first + rest.join('').toLowerCase();
}

export function titled(text: string): string {
  return text.replace(/[\p{L}\p{M}]+/gu, capitalize);
}

/**
 * Implements Python's `str.strip` and the filter `trim`: removes the given characters, or white space, from the ends.
 */
export function strip(
  text: string,
  named: Value | undefined,
  atStart: boolean,
  atEnd: boolean,
): string {
  if (named !== undefined && named !== null && typeof named !== 'string') {
    throw new PythonError('strip arg must be None or str');
  }
  const set = typeof named === 'string' ? new Set(named) : undefined;
  const isStripped = (character: string): boolean =>
    set?.has(character) ?? ONE_SPACE.test(character);
  let [from, to] = [0, text.length];
  while (atStart && from < to) {
    const end = from + (isPair(text, from) ? 2 : 1);
    if (!isStripped(text.slice(from, end))) break;
    from = end;
  }
  while (atEnd && from < to) {
    const start = to - (to - from > 1 && isPair(text, to - 2) ? 2 : 1);
    if (!isStripped(text.slice(start, to))) break;
    to = start;
  }
  return text.slice(from, to);
}

/**
 * Implements Python's `str.replace` with at most `max` replacements (no limit if negative). If `old` is empty, `by`
 * is inserted before each character and at the end.
 */
export function replaceText(
  text: string,
  old: string,
  by: string,
  max: number,
  budget: Budget,
): string {
  const limit = max < 0 ? Infinity : max;
  if (old === '') {
    const count = Math.min(limit, lengthOf(text, budget) + 1);
    budget.text(text.length + count * by.length);
    budget.elements(2 * text.length);
    const all = Array.from(text);
    const start = all.map((each, i) => (i < count ? by : '') + each).join('');
    return all.length < count ? start + by : start;
  }
  const places: number[] = [];
  for (let at = text.indexOf(old); at >= 0 && places.length < limit;) {
    budget.elements(1);
    places.push(at);
    at = text.indexOf(old, at + old.length);
  }
  budget.text(text.length + places.length * by.length);
  let replaced = '';
  let last = 0;
  for (const at of places) {
    replaced += text.slice(last, at) + by;
    last = at + old.length;
  }
  return replaced + text.slice(last);
}

/** Implements Python's `str.join`; throws PythonError for items that are not texts. */
export function joinTexts(separator: string, items: Value, budget: Budget): string {
  const texts = listOf(items, budget).map((item, i) => {
    if (typeof item !== 'string') {
      throw new PythonError(`sequence item ${i}: expected str instance, ${typeOf(item)} found`);
    }
    return item;
  });
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  budget.text(length + separator.length * texts.length);
  return texts.join(separator);
}

export function splitLines(text: string, keepsEnds: boolean, budget: Budget): readonly string[] {
  const lines: string[] = [];
  let start = 0;
  for (const { 0: end, index } of text.matchAll(LINE_END)) {
    budget.objects(1);
    lines.push(text.slice(start, index + (keepsEnds ? end.length : 0)));
    start = index + end.length;
  }
  return start < text.length ? [...lines, text.slice(start)] : lines;
}

export function splitText(
  text: string,
  by: Value | undefined,
  max: Value | undefined,
  budget: Budget,
  fromEnd: boolean,
): readonly string[] {
  const given = intOf(max, -1);
  const limit = given < 0 ? Infinity : given;
  if (by === undefined || by === null) return splitAtSpaces(text, limit, budget, fromEnd);
  const separator = textOf(by);
  if (separator === '') throw new PythonError('empty separator');
  return cutAt(text, placesOf(text, separator, fromEnd, budget), limit, fromEnd, budget);
}

type Places = readonly (readonly [start: number, end: number])[];

/** Splits a text at white space, without empty parts; the rest after the last split is unchanged. */
function splitAtSpaces(
  text: string,
  limit: number,
  budget: Budget,
  fromEnd: boolean,
): readonly string[] {
  const body = strip(text, undefined, !fromEnd, fromEnd);
  if (strip(body, undefined, true, true) === '') return [];
  const spaces = Array.from(body.matchAll(SPACES), ({ 0: { length }, index }) => {
    budget.objects(1);
    return [index, index + length] as const;
  });
  const inner = spaces.filter(([start, end]) => (fromEnd ? start > 0 : end < body.length));
  const parts = [...cutAt(body, inner, limit, fromEnd, budget)];
  if (inner.length < limit) {
    const last = fromEnd ? 0 : parts.length - 1;
    parts[last] = strip(parts[last], undefined, true, true);
  }
  return parts;
}

function cutAt(
  text: string,
  places: Places,
  limit: number,
  fromEnd: boolean,
  budget: Budget,
): readonly string[] {
  const { length } = places;
  const used = fromEnd ? places.slice(Math.max(length - limit, 0)) : places.slice(0, limit);
  budget.objects(used.length + 1);
  const parts: string[] = [];
  let last = 0;
  for (const [start, end] of used) {
    parts.push(text.slice(last, start));
    last = end;
  }
  return [...parts, text.slice(last)];
}

/**
 * Returns the positions of a separator in a text, without overlaps, in ascending order. With `fromEnd`, the search
 * begins at the end.
 */
function placesOf(text: string, separator: string, fromEnd: boolean, budget: Budget): Places {
  const { length } = separator;
  const places: (readonly [number, number])[] = [];
  if (!fromEnd) {
    for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, at + length)) {
      budget.objects(1);
      places.push([at, at + length]);
    }
    return places;
  }
  for (let at = text.lastIndexOf(separator); at >= 0;) {
    budget.objects(1);
    places.push([at, at + length]);
    at = at < length ? -1 : text.lastIndexOf(separator, at - length);
  }
  return places.reverse();
}

export function justify(
  text: string,
  [width, fill = ' ']: readonly (Value | undefined)[],
  budget: Budget,
  side: 'left' | 'right' | 'center',
): string {
  const padding = textOf(fill);
  if (lengthOf(padding, budget) !== 1) {
    throw new PythonError('The fill character must be exactly one character long');
  }
  const size = intOf(width, 0);
  const room = Math.max(size - lengthOf(text, budget), 0);
  budget.text(room * padding.length);
  // Python puts the extra space of an odd padding to the left if the width is odd.
  const left = { left: 0, right: room, center: Math.floor(room / 2) + (room & size & 1) }[side];
  return padding.repeat(left) + text + padding.repeat(room - left);
}

export function expandTabs(text: string, size: number, budget: Budget): string {
  let column = 0;
  let expanded = '';
  for (const character of text) {
    const room = character === '\t' ? (size > 0 ? size - (column % size) : 0) : 1;
    budget.text(room);
    expanded += character === '\t' ? ' '.repeat(room) : character;
    column = character === '\n' || character === '\r' ? 0 : column + room;
  }
  return expanded;
}
