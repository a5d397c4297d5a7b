import { bind, intOf, textOf } from './arguments.js';
import type { Budget } from './budget.js';
import { equals } from './compare.js';
import { formatBraces } from './format.js';
import { Callable, Dict, itemsOf, type Named, Slice, Tuple, Undefined, View } from './objects.js';
import { type Definition, TEXT_METHOD_NAMES, textMethod } from './text-methods.js';
import { characters, isList, PythonError, PythonObject, typeOf, type Value } from './values.js';

/** Names of the methods that change a list or a dictionary, by type. Templates may not call them. */
const MUTATORS: Readonly<Partial<Record<string, readonly string[]>>> = {
  list: ['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort'],
  dict: ['clear', 'pop', 'popitem', 'setdefault', 'update'],
};

/**
 * Returns `object.name` as Jinja2 does: an attribute or a method, else the item of that name.
 *
 * @throws PythonError if the object is undefined.
 */
export function getAttribute(object: Value, name: string, budget: Budget): Value {
  const found = attributeOf(object, name, budget);
  if (found !== undefined) return found;
  const item = object instanceof Dict ? object.get(name) : undefined;
  return item === undefined ? missing(object, name) : item;
}

/**
 * Returns `object[key]` as Jinja2 does: an item, else the attribute or the method of that name.
 *
 * @throws PythonError if the object is undefined, or for a slice of an object without slices.
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
    const method = name === 'format_map' ? FORMAT_MAP : textMethod(name);
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

/** Method `format_map` of texts. Its fields look up items in a mapping, as `getItem` does. */
const FORMAT_MAP: Definition<string> = [
  'mapping',
  (text, [mapping = null], budget) => {
    if (!(mapping instanceof Dict)) throw new PythonError('format_map: expected a dict');
    const named = mapping.entries().map(([key, value]) => [textOf(key), value] as const);
    const read = (value: Value, key: string): Value => getItem(value, key, budget);
    return formatBraces(text, [], new Map(named), read, budget);
  },
];

/** Names of the supported methods of each Python type, except `str.format`. */
export const METHOD_NAMES: Readonly<Record<'dict' | 'list' | 'str', readonly string[]>> = {
  dict: Object.keys(DICT_METHODS),
  list: Object.keys(LIST_METHODS),
  str: [...TEXT_METHOD_NAMES, 'format_map'],
};
