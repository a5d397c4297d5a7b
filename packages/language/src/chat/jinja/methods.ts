import { bind, intOf, textOf } from './arguments.js';
import type { Budget } from './budget.js';
import { formatBraces } from './format.js';
import { SPACE } from './tokens.js';
import {
  Callable,
  characters,
  Dict,
  equals,
  isList,
  isPair,
  itemsOf,
  lengthOf,
  listOf,
  type Named,
  PythonError,
  PythonObject,
  Tuple,
  typeOf,
  Undefined,
  type Value,
  View,
} from './values.js';

/** A slice of a sequence: start, stop and step. */
export class Slice extends PythonObject {
  readonly type = 'slice';

  constructor(readonly parts: readonly (Value | undefined)[]) {
    super();
  }
}

/** Methods that change a list or a dictionary, which templates may not call. */
const MUTATORS: Readonly<Partial<Record<string, readonly string[]>>> = {
  list: ['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort'],
  dict: ['clear', 'pop', 'popitem', 'setdefault', 'update'],
};

/**
 * `object.name` as Jinja2 reads it: an attribute or a method, else the item of that name.
 *
 * @throws PythonError for what is undefined itself.
 */
export function getAttribute(object: Value, name: string, budget: Budget): Value {
  const found = attributeOf(object, name, budget);
  if (found !== undefined) return found;
  const item = object instanceof Dict ? object.get(name) : undefined;
  return item === undefined ? missing(object, name) : item;
}

/**
 * `object[key]` as Jinja2 reads it: an item, else the attribute or the method of that name.
 *
 * @throws PythonError for what is undefined itself, and for a slice of what has none.
 */
export function getItem(object: Value, key: Value, budget: Budget): Value {
  if (object instanceof Undefined) throw object.error;
  const found = itemOf(object, key, budget);
  if (found !== undefined) return found;
  const attribute = typeof key === 'string' ? attributeOf(object, key, budget) : undefined;
  return attribute === undefined ? missing(object, key) : attribute;
}

function missing(object: Value, key: Value): Undefined {
  const type = typeOf(object);
  return new Undefined(
    typeof key === 'string'
      ? `'${object === null ? 'None' : `${type} object`}' has no attribute '${key}'`
      : `${type} object has no element ${typeof key === 'bigint' ? key : typeOf(key)}`,
  );
}

function attributeOf(object: Value, name: string, budget: Budget): Value | undefined {
  if (object instanceof Undefined) throw object.error;
  if (name.startsWith('__')) return undefined;
  const type = typeOf(object);
  if (MUTATORS[type]?.includes(name)) {
    return new Undefined(`access to attribute '${name}' of '${type}' object is unsafe.`);
  }
  if (object instanceof PythonObject) {
    const own = object.attribute?.(name);
    if (own !== undefined) return own;
  }
  const method = methodOf(object, name, budget);
  return method && new Callable(name, method);
}

type Method = (positional: readonly Value[], named: Named) => Value;

function methodOf(object: Value, name: string, budget: Budget): Method | undefined {
  if (typeof object === 'string') {
    if (name === 'format') {
      return (positional, named) => formatBraces(object, positional, named, read, budget);
    }
    const method = Object.hasOwn(TEXT_METHODS, name) ? TEXT_METHODS[name] : undefined;
    return method && bound(name, method, object, budget);
  }
  if (object instanceof Dict) {
    const method = Object.hasOwn(DICT_METHODS, name) ? DICT_METHODS[name] : undefined;
    return method && bound(name, method, object, budget);
  }
  const items = itemsOf(object);
  if (!items || !Object.hasOwn(LIST_METHODS, name)) return undefined;
  if (name === 'copy' && !isList(object)) return undefined;
  return bound(name, LIST_METHODS[name], items, budget);

  function read(value: Value, key: string, isItem: boolean): Value {
    if (!isItem) return getAttribute(value, key, budget);
    return getItem(value, /^\d+$/.test(key) ? BigInt(key) : key, budget);
  }
}

/** A method of values of type `T`: the names of its parameters, and its result. */
type Definition<T> = readonly [
  parameters: string,
  run: (self: T, given: readonly (Value | undefined)[], budget: Budget) => Value,
];

function bound<T>(name: string, [parameters, run]: Definition<T>, self: T, budget: Budget): Method {
  return (positional, named) => {
    if (typeof self === 'string') budget.work(self.length);
    for (const value of positional) {
      if (typeof value !== 'string') continue;
      budget.search(typeof self === 'string' ? self.length : 1, value.length);
      budget.work(value.length);
    }
    const names = parameters === '' ? [] : parameters.split(' ');
    const result = run(self, bind(name, names, positional, named), budget);
    if (typeof result === 'string') budget.text(result.length);
    else if (isList(result)) budget.elements(result.length);
    return result;
  };
}

// Items

function itemOf(object: Value, key: Value, budget: Budget): Value | undefined {
  const items = typeof object === 'string' ? characters(object, budget) : itemsOf(object);
  if (typeof key === 'string') budget.work(key.length);
  if (key instanceof Slice) {
    if (items === undefined) throw new PythonError(`'${typeOf(object)}' object has no slices`);
    return sliceOf(object, items, key, budget);
  }
  if (object instanceof Dict) {
    try {
      return object.get(key);
    } catch {
      return undefined; // a key that no dictionary has
    }
  }
  if (items === undefined || (typeof key !== 'bigint' && typeof key !== 'boolean')) {
    return undefined;
  }
  const at = Number(key);
  return items[at < 0 ? at + items.length : at];
}

function sliceOf(
  object: Value,
  items: string | readonly Value[],
  { parts }: Slice,
  budget: Budget,
): Value {
  const [start, stop, step] = parts.map((part) => intOf(part ?? undefined, NaN));
  const pace = Number.isNaN(step) ? 1 : step;
  if (pace === 0) throw new PythonError('slice step cannot be zero');
  const { length } = items;
  const [first, last] = pace > 0 ? [0, length] : [-1, length - 1];
  const place = (given: number, usual: number): number => {
    if (Number.isNaN(given)) return usual;
    return Math.min(Math.max(given < 0 ? given + length : given, first), last);
  };
  const from = place(start, pace > 0 ? first : last);
  const to = place(stop, pace > 0 ? last : first);
  const picked = pace === 1 ? items.slice(from, to) : pick(items, from, to, pace);
  if (typeof object === 'string') {
    const text = typeof picked === 'string' ? picked : (picked as readonly string[]).join('');
    budget.text(text.length);
    return text;
  }
  const list = Array.from(picked as Iterable<Value>);
  budget.elements(list.length);
  return isList(object) ? list : new Tuple(list);
}

function pick(items: string | readonly Value[], from: number, to: number, step: number): Value[] {
  const picked: Value[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) picked.push(items[at]);
  return picked;
}

// Methods of lists and dictionaries

const LIST_METHODS: Readonly<Record<string, Definition<readonly Value[]>>> = {
  copy: ['', (items) => Array.from(items)],
  count: [
    'value',
    (items, [value = null], budget) =>
      BigInt(items.filter((item) => equals(item, value, budget)).length),
  ],
  index: [
    'value',
    (items, [value = null], budget) => {
      const at = items.findIndex((item) => equals(item, value, budget));
      if (at < 0) throw new PythonError('the value is not in the list');
      return BigInt(at);
    },
  ],
};

const DICT_METHODS: Readonly<Record<string, Definition<Dict>>> = {
  copy: [
    '',
    (dict, _, budget) => {
      budget.objects(dict.size);
      return new Dict(dict.entries());
    },
  ],
  get: [
    'key default?',
    (dict, [key = null, usual = null]) => {
      const value = dict.get(key);
      return value === undefined ? usual : value;
    },
  ],
  items: [
    '',
    (dict, _, budget) => {
      budget.objects(dict.size);
      return new View('dict_items', pairsOf(dict));
    },
  ],
  keys: ['', (dict, _, budget) => view('dict_keys', dict.keys(), budget)],
  values: [
    '',
    (dict, _, budget) =>
      view(
        'dict_values',
        dict.entries().map(([, value]) => value),
        budget,
      ),
  ],
};

function pairsOf(dict: Dict): readonly Value[] {
  return dict.entries().map((pair) => new Tuple(pair));
}

function view(type: View['type'], items: readonly Value[], budget: Budget): View {
  budget.elements(items.length);
  return new View(type, items);
}

// Methods of texts

const SPACES = new RegExp(`${SPACE}+`, 'g');
const ONE_SPACE = new RegExp(`^${SPACE}$`);
// eslint-disable-next-line no-control-regex -- Python's ends of lines
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g;

/** Tests of each character of a text; an empty text passes none. */
const KINDS: Readonly<Record<string, RegExp>> = {
  isalpha: /^\p{L}+$/u,
  isalnum: /^[\p{L}\p{N}]+$/u,
  isascii: /^[\0-\x7f]*$/,
  isdecimal: /^\p{Nd}+$/u,
  isdigit: /^[\p{Nd}²³¹⁰-⁹₀-₉]+$/u,
  isnumeric: /^\p{N}+$/u,
  isspace: new RegExp(`^${SPACE}+$`),
  isidentifier: /^[\p{L}\p{Nl}_][\p{L}\p{N}\p{M}\p{Pc}]*$/u,
  isprintable: /^(?:[^\p{C}\p{Z}]| )*$/u,
};

const TEXT_METHODS: Readonly<Record<string, Definition<string>>> = {
  ...Object.fromEntries(
    Object.entries(KINDS).map(([name, kind]): [string, Definition<string>] => [
      name,
      ['', (text) => kind.test(text)],
    ]),
  ),
  capitalize: ['', (text) => capitalize(text)],
  casefold: ['', (text) => text.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ')],
  center: ['width fill?', (text, given, budget) => justify(text, given, budget, 'center')],
  count: [
    'part start? end?',
    (text, given, budget) =>
      BigInt(countIn(within(text, given, budget).part, textOf(given[0]), budget)),
  ],
  endswith: [
    'suffix start? end?',
    (text, given, budget) => hasEnd(text, given, 'endsWith', budget),
  ],
  expandtabs: ['tabsize?', (text, [size], budget) => expandTabs(text, intOf(size, 8), budget)],
  find: [
    'part start? end?',
    (text, given, budget) => BigInt(findIn(text, given, 'indexOf', budget)),
  ],
  format_map: [
    'mapping',
    (text, [mapping = null], budget) => {
      if (!(mapping instanceof Dict)) throw new PythonError('format_map: expected a dict');
      const named = mapping.entries().map(([key, value]) => [textOf(key), value] as const);
      const read = (value: Value, key: string): Value => getItem(value, key, budget);
      return formatBraces(text, [], new Map(named), read, budget);
    },
  ],
  index: [
    'part start? end?',
    (text, given, budget) => found(findIn(text, given, 'indexOf', budget)),
  ],
  islower: ['', (text) => text === text.toLowerCase() && text !== text.toUpperCase()],
  istitle: ['', (text) => /\p{L}/u.test(text) && titled(text) === text],
  isupper: ['', (text) => text === text.toUpperCase() && text !== text.toLowerCase()],
  join: ['items', (text, [items = null], budget) => joinTexts(text, items, budget)],
  ljust: ['width fill?', (text, given, budget) => justify(text, given, budget, 'left')],
  lower: ['', (text) => text.toLowerCase()],
  lstrip: ['characters?', (text, [named]) => strip(text, named, true, false)],
  partition: ['separator', (text, [separator]) => partition(text, textOf(separator), 'indexOf')],
  removeprefix: [
    'prefix',
    (text, [prefix]) =>
      text.startsWith(textOf(prefix)) ? text.slice(textOf(prefix).length) : text,
  ],
  removesuffix: [
    'suffix',
    (text, [suffix]) => {
      const end = textOf(suffix);
      return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text;
    },
  ],
  replace: [
    'old new count?',
    (text, [old, by, count], budget) =>
      replaceText(text, textOf(old), textOf(by), intOf(count, -1), budget),
  ],
  rfind: [
    'part start? end?',
    (text, given, budget) => BigInt(findIn(text, given, 'lastIndexOf', budget)),
  ],
  rindex: [
    'part start? end?',
    (text, given, budget) => found(findIn(text, given, 'lastIndexOf', budget)),
  ],
  rjust: ['width fill?', (text, given, budget) => justify(text, given, budget, 'right')],
  rpartition: [
    'separator',
    (text, [separator]) => partition(text, textOf(separator), 'lastIndexOf'),
  ],
  rsplit: ['sep? maxsplit?', (text, [by, most], budget) => splitText(text, by, most, budget, true)],
  rstrip: ['characters?', (text, [named]) => strip(text, named, false, true)],
  split: ['sep? maxsplit?', (text, [by, most], budget) => splitText(text, by, most, budget, false)],
  splitlines: [
    'keepends?',
    (text, [keeps = false], budget) => splitLines(text, Boolean(keeps), budget),
  ],
  startswith: [
    'prefix start? end?',
    (text, given, budget) => hasEnd(text, given, 'startsWith', budget),
  ],
  strip: ['characters?', (text, [named]) => strip(text, named, true, true)],
  swapcase: [
    '',
    (text, _, budget) => {
      budget.elements(2 * text.length);
      return Array.from(text, (each) =>
        each === each.toLowerCase() ? each.toUpperCase() : each.toLowerCase(),
      ).join('');
    },
  ],
  title: ['', (text) => titled(text)],
  upper: ['', (text) => text.toUpperCase()],
  zfill: [
    'width',
    (text, [width], budget) => {
      const sign = /^[-+]/.test(text) ? text[0] : '';
      const room = intOf(width, 0) - lengthOf(text, budget);
      budget.text(Math.max(room, 0));
      return sign + '0'.repeat(Math.max(room, 0)) + text.slice(sign.length);
    },
  ],
};

/** Names of the methods of each type. */
export const METHOD_NAMES: Readonly<Record<'dict' | 'list' | 'str', readonly string[]>> = {
  dict: Object.keys(DICT_METHODS),
  list: Object.keys(LIST_METHODS),
  str: Object.keys(TEXT_METHODS),
};

export function capitalize(text: string): string {
  const [first = ''] = text;
  return upperFirst(first) + text.slice(first.length).toLowerCase();
}

/** The title case of a character, whose further letters are small. */
function upperFirst(character: string): string {
  const [first = '', ...rest] = character.toUpperCase();
  return first + rest.join('').toLowerCase();
}

function titled(text: string): string {
  return text.replace(/[\p{L}\p{M}]+/gu, capitalize);
}

/** `strip` and the filter `trim`: takes the named characters from the ends, or white space. */
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

/** `replace`; with an empty text to replace, the other one goes between all characters. */
export function replaceText(
  text: string,
  old: string,
  by: string,
  most: number,
  budget: Budget,
): string {
  const limit = most < 0 ? Infinity : most;
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

/** `join` of texts; other items are not printed, as Python refuses them. */
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

function splitText(
  text: string,
  by: Value | undefined,
  most: Value | undefined,
  budget: Budget,
  fromEnd: boolean,
): readonly string[] {
  const given = intOf(most, -1);
  const limit = given < 0 ? Infinity : given;
  if (by === undefined || by === null) return splitAtSpaces(text, limit, budget, fromEnd);
  const separator = textOf(by);
  if (separator === '') throw new PythonError('empty separator');
  return cutAt(text, placesOf(text, separator, fromEnd, budget), limit, fromEnd, budget);
}

type Places = readonly (readonly [start: number, end: number])[];

/** Splits at white space: without empty parts, and with an unchanged rest after the last split. */
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

/** Positions of a separator in a text, without overlaps, counted from either end. */
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

function partition(text: string, separator: string, search: 'indexOf' | 'lastIndexOf'): Tuple {
  if (separator === '') throw new PythonError('empty separator');
  const at = text[search](separator);
  if (at < 0) return new Tuple(search === 'indexOf' ? [text, '', ''] : ['', '', text]);
  return new Tuple([text.slice(0, at), separator, text.slice(at + separator.length)]);
}

/** The part of a text between two places, and the first of them. */
function within(
  text: string,
  [, start, end]: readonly (Value | undefined)[],
  budget: Budget,
): { readonly part: string; readonly from: number } {
  if ((start ?? null) === null && (end ?? null) === null) return { part: text, from: 0 };
  const all = characters(text, budget);
  const place = (given: Value | undefined, usual: number): number => {
    const at = intOf(given ?? undefined, usual);
    return Math.min(Math.max(at < 0 ? at + all.length : at, 0), all.length);
  };
  const from = place(start, 0);
  const part = all.slice(from, place(end, all.length));
  return { part: typeof part === 'string' ? part : part.join(''), from };
}

function findIn(
  text: string,
  given: readonly (Value | undefined)[],
  search: 'indexOf' | 'lastIndexOf',
  budget: Budget,
): number {
  const { part, from } = within(text, given, budget);
  const at = part[search](textOf(given[0]));
  return at < 0 ? -1 : from + lengthOf(part.slice(0, at), budget);
}

function found(at: number): bigint {
  if (at < 0) throw new PythonError('substring not found');
  return BigInt(at);
}

function countIn(text: string, part: string, budget: Budget): number {
  if (part === '') return lengthOf(text, budget) + 1;
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) {
    budget.work(1);
    count++;
  }
  return count;
}

function hasEnd(
  text: string,
  given: readonly (Value | undefined)[],
  test: 'startsWith' | 'endsWith',
  budget: Budget,
): boolean {
  const { part } = within(text, given, budget);
  const [ends] = given;
  const all = ends instanceof Tuple ? ends.items : [ends];
  return all.some((end) => part[test](textOf(end)));
}

function justify(
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

/** `str.center` with spaces, for the filter. */
export function centered(text: string, width: Value, budget: Budget): string {
  return justify(text, [width], budget, 'center');
}

function expandTabs(text: string, size: number, budget: Budget): string {
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
