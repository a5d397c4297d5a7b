import type { Budget } from './budget.js';
import { Dict, hashOf, itemsOf, Range, Undefined, View } from './objects.js';
import type { CompareOperator } from './syntax.js';
import { iterate, numberOf, PythonError, typeOf, type Value } from './values.js';

/** Comparison operators of templates, by their symbols. */
export const COMPARE: Readonly<
  Record<CompareOperator, (a: Value, b: Value, budget: Budget) => boolean>
> = {
  '==': equals,
  '!=': (a, b, budget) => !equals(a, b, budget),
  '<': isLess,
  '>': (a, b, budget) => isLess(b, a, budget),
  '<=': (a, b, budget) => isLess(a, b, budget) || equals(a, b, budget),
  '>=': (a, b, budget) => isLess(b, a, budget) || equals(a, b, budget),
  in: (a, b, budget) => contains(b, a, budget),
  'not in': (a, b, budget) => !contains(b, a, budget),
};

function contains(container: Value, value: Value, budget: Budget): boolean {
  if (typeof container === 'string') {
    if (typeof value !== 'string') {
      throw new PythonError(`'in <string>' requires string as left operand, not ${typeOf(value)}`);
    }
    budget.search(container.length, value.length);
    return container.includes(value);
  }
  if (typeof value === 'string') budget.work(value.length);
  if (container instanceof Dict) return container.get(value) !== undefined;
  if (container instanceof View && container.type === 'dict_keys') hashOf(value);
  const elements = iterate(container);
  for (let next = elements.next(); !next.done; next = elements.next()) {
    if (equals(next.value, value, budget)) return true;
  }
  return false;
}

export function equals(a: Value, b: Value, budget: Budget): boolean {
  budget.step();
  if (typeof a === 'string') budget.work(a.length);
  const [x, y] = [numberOf(a), numberOf(b)];
  // An int and a float are compared by their values.
  if (x !== undefined && y !== undefined) return x == y;
  const [p, q] = [itemsOf(a), itemsOf(b)];
  if (p && q) {
    if (typeOf(a) !== typeOf(b) || p.length !== q.length) return false;
    return p.every((item, i) => {
      budget.work(1);
      return item === q[i] || equals(item, q[i], budget);
    });
  }
  if (a instanceof Dict && b instanceof Dict) {
    if (a.size !== b.size) return false;
    budget.work(a.size);
    return a.entries().every(([key, value]) => {
      const other = b.get(key);
      return other !== undefined && equals(value, other, budget);
    });
  }
  return a === b || (a instanceof Undefined && b instanceof Undefined);
}

/** Whether `a` is less than `b`. */
export function isLess(a: Value, b: Value, budget: Budget): boolean {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return x < y;
  if (typeof a === 'string' && typeof b === 'string') {
    budget.step();
    budget.work(Math.min(a.length, b.length));
    return isTextLess(a, b);
  }
  const [p, q] = [itemsOf(a), itemsOf(b)];
  if (p && q && typeOf(a) === typeOf(b) && !(a instanceof Range)) {
    const at = p.findIndex((item, i) => i >= q.length || !equals(item, q[i], budget));
    return at < 0 ? p.length < q.length : at < q.length && isLess(p[at], q[at], budget);
  }
  for (const value of [a, b]) if (value instanceof Undefined) throw value.error;
  throw new PythonError(`'<' not supported between instances of '${typeOf(a)}' and '${typeOf(b)}'`);
}

/** Compares by code points, which differs from JavaScript's order of UTF-16 units beyond U+FFFF. */
function isTextLess(a: string, b: string): boolean {
  const { length } = a;
  let at = 0;
  while (at < length && at < b.length && a[at] === b[at]) at++;
  if (at === length || at === b.length) return length < b.length;
  const rank = (unit: number): number =>
    unit >= 0xd800 && unit <= 0xdfff ? unit + 0x2000 : unit >= 0xe000 ? unit - 0x800 : unit;
  return rank(a.charCodeAt(at)) < rank(b.charCodeAt(at));
}

/** Returns items sorted by their keys in Python's order of values; the sort is stable. */
export function sorted<T>(
  items: readonly T[],
  keyOf: (item: T) => Value,
  isReversed: boolean,
  budget: Budget,
): readonly T[] {
  budget.objects(items.length);
  const keyed = items.map((item) => [keyOf(item), item] as const);
  const compare = (a: Value, b: Value): number =>
    isLess(a, b, budget) ? -1 : isLess(b, a, budget) ? 1 : 0;
  keyed.sort(([a], [b]) => {
    budget.step();
    return isReversed ? compare(b, a) : compare(a, b);
  });
  return keyed.map(([, item]) => item);
}
