import { bind, intOf, textOf } from './arguments.js';
import type { Budget } from './budget.js';
import { fixed, formatPercent } from './format.js';
import { toJson } from './json.js';
import {
  capitalize,
  centered,
  getAttribute,
  getItem,
  joinTexts,
  replaceText,
  splitLines,
  strip,
} from './methods.js';
import { compute } from './operators.js';
import {
  characters,
  Dict,
  equals,
  Group,
  hashOf,
  isLess,
  isList,
  isTrue,
  itemsOf,
  iterate,
  lengthOf,
  listOf,
  type Named,
  numberOf,
  print,
  PythonError,
  PythonIterator,
  PythonObject,
  sizeOf,
  sorted,
  Tuple,
  Undefined,
  type Value,
  View,
} from './values.js';

/** The parts of the renderer that filters use. */
export interface FilterContext {
  readonly budget: Budget;
  filter(name: string, value: Value, positional: readonly Value[], named: Named): Value;
  test(name: string, value: Value, positional: readonly Value[], named: Named): boolean;
}

type Given = readonly (Value | undefined)[];
/** A filter: the result for a value, the positional and the named arguments. */
type Filter = (
  context: FilterContext,
  value: Value,
  positional: readonly Value[],
  named: Named,
) => Value;

/** A filter with parameters by name; a question mark follows those that may be left out. */
function define(
  parameters: string,
  run: (value: Value, given: Given, context: FilterContext) => Value,
): Filter {
  const names = parameters === '' ? [] : parameters.split(' ');
  return (context, value, positional, named) =>
    run(value, bind('filter', names, positional, named), context);
}

/** A filter of texts, which prints other values first. */
function ofText(
  parameters: string,
  run: (text: string, given: Given, context: FilterContext) => Value,
): Filter {
  return define(parameters, (value, given, context) => {
    const text = print(value, context.budget);
    context.budget.work(text.length);
    const result = run(text, given, context);
    if (typeof result === 'string') context.budget.text(result.length);
    return result;
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;', '"': '&#34;' },
};
const escape = ofText('', (text) => text.replace(/[&<>'"]/g, (character) => ESCAPES[character]));
const size = define('', (value, _, { budget }) => BigInt(sizeOf(value, budget)));
const usual = define('default_value? boolean?', (value, [other = '', whenFalse = false]) =>
  value instanceof Undefined || (isTrue(whenFalse) && !isTrue(value)) ? other : value,
);

/** The filters of Jinja2, with `tojson` as transformers defines it; those for web pages are left out. */
export const FILTERS: Readonly<Record<string, Filter>> = {
  abs: define('', (value) => {
    const number = numberOf(known(value));
    if (number === undefined) throw new PythonError('abs: expected a number');
    return number < 0 ? -number : number;
  }),
  attr: define('name', (value, [name = null], { budget }) =>
    value instanceof Dict
      ? new Undefined(`'dict object' has no attribute '${print(name, budget)}'`)
      : getAttribute(value, textOf(name), budget),
  ),
  batch: define('linecount fill_with?', (value, [count, fill = null], { budget }) => {
    const width = intOf(count, 0);
    const rows: Value[][] = [];
    for (const item of listOf(value, budget)) {
      if (rows.length === 0 || rows[rows.length - 1].length === width) {
        budget.objects(1);
        rows.push([]);
      }
      budget.elements(1);
      rows[rows.length - 1].push(item);
    }
    const last = rows.at(-1);
    const room = last && fill !== null ? Math.max(width - last.length, 0) : 0;
    budget.elements(room);
    last?.push(...Array.from({ length: room }, () => fill));
    return new PythonIterator(rows[Symbol.iterator]());
  }),
  capitalize: ofText('', capitalize),
  center: ofText('width?', (text, [width = 80n], { budget }) => centered(text, width, budget)),
  count: size,
  d: usual,
  default: usual,
  dictsort: define(
    'case_sensitive? by? reverse?',
    (value, [isExact = false, by = 'key', isReversed = false], { budget }) => {
      if (by !== 'key' && by !== 'value') {
        throw new PythonError('You can only sort by either "key" or "value"');
      }
      const at = by === 'key' ? 0 : 1;
      const keyOf = (pair: readonly Value[]): Value => foldCase(pair[at], isTrue(isExact), budget);
      const pairs = sorted(dictOf(value).entries(), keyOf, isTrue(isReversed), budget);
      budget.objects(pairs.length);
      return pairs.map((pair) => new Tuple(pair));
    },
  ),
  e: escape,
  escape,
  first: define('', (value) => {
    const first = iterate(value).next();
    return first.done ? new Undefined('No first item, sequence was empty.') : first.value;
  }),
  float: define('default?', (value, [other = 0]) => toFloat(value) ?? other),
  forceescape: escape,
  format: (context, value, positional, named) => {
    const { budget } = context;
    if (positional.length > 0 && named.size > 0) {
      throw new PythonError("can't handle positional and keyword arguments at the same time");
    }
    const given = named.size > 0 ? new Dict(named) : new Tuple(positional);
    return formatPercent(print(value, budget), given, budget);
  },
  groupby: define('attribute default? case_sensitive?', groupBy),
  indent: define('width? first? blank?', indent),
  int: define(
    'default? base?',
    (value, [other = 0n, base = 10n], { budget }) => toInt(value, base, budget) ?? other,
  ),
  items: define('', (value, _, { budget }) => {
    const pairs = value instanceof Undefined ? [] : dictOf(value).entries();
    budget.objects(pairs.length);
    return new PythonIterator(pairs.map((pair) => new Tuple(pair))[Symbol.iterator]());
  }),
  join: define('d? attribute?', (value, [separator = '', attribute = null], context) => {
    const { budget } = context;
    const keyOf = getter(attribute, context);
    const texts = listOf(value, budget).map((item) => print(keyOf(item), budget));
    return joinTexts(print(separator, budget), texts, budget);
  }),
  last: define('', (value, _, { budget }) => {
    const items = reversible(value, budget);
    if (!items) throw new PythonError('last: the value cannot be reversed');
    const last = items.at(-1);
    return last === undefined ? new Undefined('No last item, sequence was empty.') : last;
  }),
  length: size,
  list: define('', (value, _, { budget }) => listOf(value, budget)),
  lower: ofText('', (text) => text.toLowerCase()),
  map: (context, value, positional, named) =>
    lazily(isTrue(value) ? value : [], context, () => mapper(context, positional, named)),
  max: define('case_sensitive? attribute?', (value, given, context) =>
    extreme(value, given, context, 1),
  ),
  min: define('case_sensitive? attribute?', (value, given, context) =>
    extreme(value, given, context, -1),
  ),
  reject: chooser(false, false),
  rejectattr: chooser(false, true),
  replace: ofText('old new count?', (text, [old = '', by = '', count = null], { budget }) =>
    replaceText(text, print(old, budget), print(by, budget), intOf(count ?? undefined, -1), budget),
  ),
  reverse: define('', (value, _, { budget }) => {
    if (typeof value === 'string') {
      budget.text(value.length);
      budget.elements(value.length);
      return Array.from(value).reverse().join('');
    }
    const all = reversible(value, budget) ?? listOf(value, budget);
    budget.elements(all.length);
    const items = Array.from(all).reverse();
    return new PythonIterator(items[Symbol.iterator](), 'list_reverseiterator');
  }),
  round: define('precision? method?', round),
  safe: ofText('', (text) => text),
  select: chooser(true, false),
  selectattr: chooser(true, true),
  slice: define('slices fill_with?', slice),
  sort: define('reverse? case_sensitive? attribute?', (value, given, context) => {
    const [isReversed = false, isExact = false, attribute = null] = given;
    const keyOf = getters(attribute, context, isTrue(isExact));
    return sorted(listOf(value, context.budget), keyOf, isTrue(isReversed), context.budget);
  }),
  string: ofText('', (text) => text),
  striptags: ofText('', (text) =>
    withoutTags(withoutTags(text, '<!--', '-->'), '<', '>')
      .replace(/\s+/g, ' ')
      .trim(),
  ),
  sum: define('attribute? start?', (value, [attribute = null, start = 0n], context) => {
    const keyOf = getter(attribute, context);
    if (typeof start === 'string') throw new PythonError("sum() can't sum strings");
    const items = listOf(value, context.budget);
    return items.reduce<Value>(
      (sum, item) => compute('+', sum, keyOf(item), context.budget),
      start,
    );
  }),
  title: ofText('', (text) => text.replace(/[^-\s({[<]+/g, (word) => capitalize(word))),
  tojson: (context, value, positional, named) => toJson(value, positional, named, context.budget),
  trim: ofText('chars?', (text, [named]) => strip(text, named, true, true)),
  truncate: define('length? killwords? end? leeway?', truncate),
  unique: define(
    'case_sensitive? attribute?',
    (value, [isExact = false, attribute = null], context) => {
      const keyOf = getter(attribute, context, isTrue(isExact));
      const seen = new Set<unknown>();
      return lazily(value, context, () => (item) => {
        const key = hashOf(keyOf(item));
        if (seen.has(key)) return undefined;
        seen.add(key);
        return item;
      });
    },
  ),
  upper: ofText('', (text) => text.toUpperCase()),
  urlencode: define('', urlEncode),
  wordcount: ofText('', (text, _, { budget }) => {
    const word = /[\p{L}\p{N}_]+/gu;
    let count = 0n;
    for (; word.test(text); count++) budget.work(1);
    return count;
  }),
};

/** A text without its parts between two signs. */
function withoutTags(text: string, start: string, end: string): string {
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

/** A value that is not undefined. */
function known(value: Value): Value {
  if (value instanceof Undefined) throw value.error;
  return value;
}

function dictOf(value: Value): Dict {
  if (value instanceof Dict) return value;
  throw new PythonError('Can only get item pairs from a mapping.');
}

/** The items of a value that Python's `reversed` takes. */
function reversible(value: Value, budget: Budget): readonly Value[] | undefined {
  if (typeof value === 'string') {
    budget.elements(value.length);
    return Array.from(characters(value, budget));
  }
  if (value instanceof Undefined) return [];
  if (value instanceof Dict) {
    budget.elements(value.size);
    return value.keys();
  }
  return value instanceof View ? value.items : itemsOf(value);
}

function foldCase(value: Value, isExact: boolean, budget: Budget): Value {
  if (typeof value !== 'string' || isExact) return value;
  budget.text(value.length);
  return value.toLowerCase();
}

/** Reads an attribute such as `function.name` of each item; without a name the item itself. */
function getter(
  attribute: Value,
  { budget }: FilterContext,
  isExact = true,
  other: Value = null,
): (item: Value) => Value {
  const parts =
    typeof attribute === 'string' ? attribute.split('.') : attribute === null ? [] : [attribute];
  return (item) => {
    let value = item;
    for (const part of parts) {
      budget.step();
      const isPlace = typeof part === 'string' && /^\d+$/.test(part);
      value = getItem(value, isPlace ? BigInt(part) : part, budget);
      if (other !== null && value instanceof Undefined) value = other;
    }
    return foldCase(value, isExact, budget);
  };
}

/** Reads several attributes, which commas separate, as a list to sort by. */
function getters(
  attribute: Value,
  context: FilterContext,
  isExact: boolean,
): (item: Value) => Value {
  const names = typeof attribute === 'string' ? attribute.split(',') : [attribute];
  const each = names.map((name) => getter(name, context, isExact));
  return (item) => each.map((read) => read(item));
}

/** An iterator over results, without those that are `undefined`. */
function lazily(
  value: Value,
  { budget }: FilterContext,
  prepare: () => (item: Value) => Value | undefined,
): PythonIterator {
  function* results(): Generator<Value> {
    const run = prepare();
    const items = iterate(value);
    for (let next = items.next(); !next.done; next = items.next()) {
      budget.step();
      const result = run(next.value);
      if (result !== undefined) yield result;
    }
  }
  return new PythonIterator(results());
}

function mapper(
  context: FilterContext,
  positional: readonly Value[],
  named: Named,
): (item: Value) => Value {
  if (positional.length === 0 && named.has('attribute')) {
    const other = Array.from(named.keys()).find((name) => !['attribute', 'default'].includes(name));
    if (other !== undefined) throw new PythonError(`Unexpected keyword argument '${other}'`);
    return getter(named.get('attribute') ?? null, context, true, named.get('default') ?? null);
  }
  if (positional.length === 0) throw new PythonError('map requires a filter argument');
  const [name, ...rest] = positional;
  return (item) => context.filter(textOf(name), item, rest, named);
}

/** `select` and its kin: items, or their attributes, for which a test holds or does not. */
function chooser(isKept: boolean, readsAttribute: boolean): Filter {
  return (context, value, positional, named) =>
    lazily(isTrue(value) ? value : [], context, () => {
      const given = Array.from(positional);
      if (readsAttribute && given.length === 0) {
        throw new PythonError('Missing parameter for attribute name');
      }
      const read = readsAttribute ? getter(given.shift() ?? null, context) : (item: Value) => item;
      const [name, ...rest] = given;
      return (item) => {
        const tested = read(item);
        const holds =
          given.length === 0 ? isTrue(tested) : context.test(textOf(name), tested, rest, named);
        return holds === isKept ? item : undefined;
      };
    });
}

function groupBy(value: Value, given: Given, context: FilterContext): Value {
  const [attribute = null, other = null, isExact = false] = given;
  const { budget } = context;
  const keyOf = getter(attribute, context, isTrue(isExact), other);
  const groups: { readonly key: Value; readonly items: Value[] }[] = [];
  for (const item of sorted(listOf(value, budget), keyOf, false, budget)) {
    const key = keyOf(item);
    const last = groups.at(-1);
    if (last && equals(last.key, key, budget)) last.items.push(item);
    else {
      budget.objects(2);
      groups.push({ key, items: [item] });
    }
  }
  const written = getter(attribute, context, true, other);
  return groups.map(({ items }) => new Group([written(items[0]), items]));
}

function indent(value: Value, given: Given, { budget }: FilterContext): Value {
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

function round(value: Value, [precision = 0n, method = 'common']: Given): Value {
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

function slice(value: Value, [slices, fill = null]: Given, { budget }: FilterContext): Value {
  const items = listOf(value, budget);
  const count = intOf(slices, 0);
  if (count < 1) throw new PythonError('slice: expected at least one slice');
  budget.objects(count);
  budget.elements(items.length + count);
  const least = Math.floor(items.length / count);
  const longer = items.length % count;
  const parts = Array.from({ length: count }, (_, i) => {
    const start = i * least + Math.min(i, longer);
    const part = items.slice(start, start + least + (i < longer ? 1 : 0));
    return fill !== null && i >= longer ? [...part, fill] : part;
  });
  return new PythonIterator(parts[Symbol.iterator]());
}

function extreme(
  value: Value,
  [isExact = false, attribute = null]: Given,
  context: FilterContext,
  sign: 1 | -1,
): Value {
  const { budget } = context;
  const keyOf = getter(attribute, context, isTrue(isExact));
  const items = listOf(value, budget);
  if (items.length === 0) return new Undefined('No aggregated item, sequence was empty.');
  return items.reduce((best, item) => {
    const [a, b] = [keyOf(best), keyOf(item)];
    return (sign > 0 ? isLess(a, b, budget) : isLess(b, a, budget)) ? item : best;
  });
}

function truncate(value: Value, given: Given, { budget }: FilterContext): Value {
  const [length = 255n, killsWords = false, end = '...', leeway = 5n] = given;
  const [most, tail] = [intOf(length, 255), textOf(end)];
  const kept = most - lengthOf(tail, budget);
  if (kept < 0) throw new PythonError('truncate: expected a length of at least that of the end');
  if (sizeOf(value, budget) <= most + intOf(leeway ?? undefined, 5)) return value;
  const all = characters(textOf(value), budget).slice(0, kept);
  const cut = typeof all === 'string' ? all : all.join('');
  const at = cut.lastIndexOf(' ');
  return (isTrue(killsWords) || at < 0 ? cut : cut.slice(0, at)) + tail;
}

function urlEncode(value: Value, _: Given, { budget }: FilterContext): Value {
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

/** Maximum number of digits of an int that a text holds, which is Python's. */
const MAX_DIGITS = 4300;

/** An int of a value as Python's `int` reads it; `undefined` for one that is none. */
function toInt(value: Value, base: Value, budget: Budget): bigint | undefined {
  if (value instanceof Undefined) throw value.error;
  if (typeof value === 'string') {
    const radix = intOf(base, 10);
    const digits = /^([-+]?)(?:0[xXoObB])?([\da-zA-Z](?:_?[\da-zA-Z])*)$/.exec(
      strip(value, undefined, true, true),
    );
    const bare = digits?.[2].replaceAll('_', '').toLowerCase() ?? '';
    const isRight =
      bare.length <= MAX_DIGITS &&
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

/** A float of a value as Python's `float` reads it; `undefined` for one that is none. */
function toFloat(value: Value): number | undefined {
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
