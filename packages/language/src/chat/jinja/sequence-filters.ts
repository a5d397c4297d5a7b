import { intOf, textOf } from './arguments.js';
import type { Budget } from './budget.js';
import { equals, isLess, sorted } from './compare.js';
import { getItem } from './methods.js';
import { Dict, Group, itemsOf, type Named, PythonIterator, Undefined, View } from './objects.js';
import { characters, isTrue, iterate, listOf, PythonError, type Value } from './values.js';

/** Members of the renderer that filters use. */
export interface FilterContext {
  readonly budget: Budget;
  filter(name: string, value: Value, positional: readonly Value[], named: Named): Value;
  test(name: string, value: Value, positional: readonly Value[], named: Named): boolean;
}

/** Arguments of a filter in the order of its parameters. */
export type Given = readonly (Value | undefined)[];
/** A filter: returns the result for a value and its positional and named arguments. */
export type Filter = (
  context: FilterContext,
  value: Value,
  positional: readonly Value[],
  named: Named,
) => Value;

/** Returns the items of a value that Python's `reversed` accepts; `undefined` for other values. */
export function reversible(value: Value, budget: Budget): readonly Value[] | undefined {
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

export function foldCase(value: Value, isExact: boolean, budget: Budget): Value {
  if (typeof value !== 'string' || isExact) return value;
  budget.text(value.length);
  return value.toLowerCase();
}

/**
 * Returns a function that reads an attribute such as `function.name` of an item; without a name, it returns
 * the item.
 */
export function getter(
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

/** Returns a function that reads comma-separated attributes as a list to sort by. */
export function getters(
  attribute: Value,
  context: FilterContext,
  isExact: boolean,
): (item: Value) => Value {
  const names = typeof attribute === 'string' ? attribute.split(',') : [attribute];
  const each = names.map((name) => getter(name, context, isExact));
  return (item) => each.map((read) => read(item));
}

/** Returns an iterator over a value's elements that `prepare`'s function maps, without `undefined` results. */
export function lazily(
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

export function mapper(
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

/**
 * Makes `select`, `reject`, `selectattr` or `rejectattr`: it keeps items by a test of the item or of an
 * attribute.
 */
export function chooser(isKept: boolean, readsAttribute: boolean): Filter {
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

export function groupBy(value: Value, given: Given, context: FilterContext): Value {
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

export function slice(
  value: Value,
  [slices, fill = null]: Given,
  { budget }: FilterContext,
): Value {
  const items = listOf(value, budget);
  const count = intOf(slices, 0);
  if (count < 1) throw new PythonError('slice: expected at least one slice');
  budget.objects(count);
  budget.elements(items.length + count);
  const min = Math.floor(items.length / count);
  const longer = items.length % count;
  const parts = Array.from({ length: count }, (_, i) => {
    const start = i * min + Math.min(i, longer);
    const part = items.slice(start, start + min + (i < longer ? 1 : 0));
    return fill !== null && i >= longer ? [...part, fill] : part;
  });
  return new PythonIterator(parts[Symbol.iterator]());
}

export function extreme(
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
