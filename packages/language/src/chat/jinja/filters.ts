import { bind, intOf, textOf } from './arguments.js';
import { sorted } from './compare.js';
import { formatPercent } from './format.js';
import { toJson } from './json.js';
import { getAttribute } from './methods.js';
import { Dict, hashOf, PythonIterator, Tuple, Undefined } from './objects.js';
import { compute } from './operators.js';
import {
  chooser,
  extreme,
  type Filter,
  type FilterContext,
  foldCase,
  getter,
  getters,
  type Given,
  groupBy,
  lazily,
  mapper,
  reversible,
  slice,
} from './sequence-filters.js';
import { capitalize, joinTexts, justify, replaceText, strip } from './text-functions.js';
import {
  indent,
  known,
  round,
  toFloat,
  toInt,
  truncate,
  urlEncode,
  withoutTags,
} from './value-filters.js';
import {
  isTrue,
  iterate,
  listOf,
  numberOf,
  print,
  PythonError,
  sizeOf,
  type Value,
} from './values.js';

/** Makes a filter with named parameters; a question mark follows optional ones. */
function define(
  parameters: string,
  run: (value: Value, given: Given, context: FilterContext) => Value,
): Filter {
  const names = parameters === '' ? [] : parameters.split(' ');
  return (context, value, positional, named) =>
    run(value, bind('filter', names, positional, named), context);
}

/** Makes a filter of texts; values of other types are converted to text first. */
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

/** The filters of Jinja2, with `tojson` as transformers defines it. Filters for web pages are left out. */
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
  center: ofText('width?', (text, [width = 80n], { budget }) =>
    justify(text, [width], budget, 'center'),
  ),
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

function dictOf(value: Value): Dict {
  if (value instanceof Dict) return value;
  throw new PythonError('Can only get item pairs from a mapping.');
}
