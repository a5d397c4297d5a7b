import type { Budget } from './budget.js';
import {
  isList,
  PythonError,
  PythonObject,
  repr,
  reprItems,
  typeOf,
  type Value,
} from './values.js';

/** A missing variable or attribute. It prints as an empty text, and any other use throws an error. */
export class Undefined extends PythonObject {
  readonly type = 'Undefined';

  constructor(readonly message: string) {
    super();
  }

  override repr(): string {
    return 'Undefined';
  }

  override print(): string {
    return '';
  }

  override get size(): number {
    return 0;
  }

  override elements(): Iterator<Value> {
    return [][Symbol.iterator]();
  }

  get error(): PythonError {
    return new PythonError(this.message);
  }
}

/** A value whose elements have an order, such as a tuple. */
abstract class Sequence extends PythonObject {
  constructor(readonly items: readonly Value[]) {
    super();
  }

  override get size(): number {
    return this.items.length;
  }

  override elements(): Iterator<Value> {
    return this.items[Symbol.iterator]();
  }
}

export class Tuple extends Sequence {
  readonly type = 'tuple';

  override repr(budget: Budget): string {
    const items = reprItems(this.items, budget);
    return this.items.length === 1 ? `(${items},)` : `(${items})`;
  }
}

/** A group that the filter `groupby` makes: a tuple of `grouper` and `list`. */
export class Group extends Tuple {
  override attribute(name: string): Value | undefined {
    const at = ['grouper', 'list'].indexOf(name);
    return at < 0 ? undefined : this.items[at];
  }
}

export class Range extends Sequence {
  readonly type = 'range';

  constructor(
    readonly start: bigint,
    readonly stop: bigint,
    readonly step: bigint,
  ) {
    super(rangeItems(start, stop, step));
  }

  override repr(): string {
    const { start, stop, step } = this;
    return `range(${start}, ${stop}${step === 1n ? '' : `, ${step}`})`;
  }

  override attribute(name: string): Value | undefined {
    return name === 'start' || name === 'stop' || name === 'step' ? this[name] : undefined;
  }
}

function rangeItems(start: bigint, stop: bigint, step: bigint): readonly bigint[] {
  const distance = step > 0n ? stop - start : start - stop;
  const pace = step > 0n ? step : -step;
  const length = distance > 0n ? (distance + pace - 1n) / pace : 0n;
  if (length > 100_000n) {
    throw new PythonError(
      'Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).',
    );
  }
  return Array.from({ length: Number(length) }, (_, i) => start + BigInt(i) * step);
}

/** A dictionary with its keys in the order in which they were added. */
export class Dict extends PythonObject {
  readonly type = 'dict';
  private readonly pairs = new Map<unknown, readonly [key: Value, value: Value]>();

  constructor(pairs: Iterable<readonly [key: Value, value: Value]> = []) {
    super();
    for (const [key, value] of pairs) this.put(key, value);
  }

  /** Adds a pair, or replaces the value of an equal key. Templates cannot change a finished dictionary. */
  put(key: Value, value: Value): void {
    const hash = hashOf(key);
    this.pairs.set(hash, [this.pairs.get(hash)?.[0] ?? key, value]);
  }

  get(key: Value): Value | undefined {
    return this.pairs.get(hashOf(key))?.[1];
  }

  keys(): readonly Value[] {
    return Array.from(this.pairs.values(), ([key]) => key);
  }

  entries(): readonly (readonly [key: Value, value: Value])[] {
    return Array.from(this.pairs.values());
  }

  override repr(budget: Budget): string {
    const items = this.entries().map(([key, value]) => {
      return `${repr(key, budget)}: ${repr(value, budget)}`;
    });
    return `{${items.join(', ')}}`;
  }

  override get size(): number {
    return this.pairs.size;
  }

  override *elements(): Generator<Value> {
    for (const [key] of this.pairs.values()) yield key;
  }
}

/** A view of a dictionary: its keys, values or pairs. */
export class View extends Sequence {
  constructor(
    readonly type: 'dict_keys' | 'dict_values' | 'dict_items',
    items: readonly Value[],
  ) {
    super(items);
  }

  override repr(budget: Budget): string {
    return `${this.type}([${reprItems(this.items, budget)}])`;
  }
}

/**
 * An iterator, which can be read once; its type in Python is `generator`, or `list_reverseiterator` for the filter
 * `reverse`.
 */
export class PythonIterator extends PythonObject {
  constructor(
    private readonly source: Iterator<Value>,
    readonly type = 'generator',
  ) {
    super();
  }

  override elements(): Iterator<Value> {
    return this.source;
  }
}

/** Named arguments of a call, by parameter name. */
export type Named = ReadonlyMap<string, Value>;

/** A value that can be called: a macro, a method, a global function. */
export class Callable extends PythonObject {
  readonly type = 'function';

  constructor(
    readonly name: string,
    readonly call: (positional: readonly Value[], named: Named) => Value,
    private readonly attributes: Readonly<Record<string, Value>> = {},
  ) {
    super();
  }

  override attribute(name: string): Value | undefined {
    return Object.hasOwn(this.attributes, name) ? this.attributes[name] : undefined;
  }
}

/** A slice of a sequence: start, stop and step. */
export class Slice extends PythonObject {
  readonly type = 'slice';

  constructor(readonly parts: readonly (Value | undefined)[]) {
    super();
  }
}

/** Returns the items of a list, a tuple or a range; `undefined` for other values. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (isList(value)) return value;
  return value instanceof Tuple || value instanceof Range ? value.items : undefined;
}

/** Returns the value by which a dictionary or a set finds a key. */
export function hashOf(key: Value): unknown {
  if (typeof key === 'boolean') return key ? 1n : 0n;
  if (typeof key === 'number' && Number.isInteger(key)) return BigInt(key);
  if (key instanceof Tuple) return `\u0000tuple ${tupleHash(key)}`;
  if (isList(key) || key instanceof Dict) {
    throw new PythonError(`unhashable type: '${typeOf(key)}'`);
  }
  return key;
}

/** Maximum number of characters of a tuple's hash value. */
const MAX_TUPLE_HASH = 2 ** 12;

function tupleHash({ items }: Tuple): string {
  let text = '';
  for (const item of items) {
    text += `${JSON.stringify(hashText(item))},`;
    if (text.length > MAX_TUPLE_HASH) throw new PythonError('so large a key is not supported');
  }
  return text;
}

function hashText(key: Value): string {
  const hash = hashOf(key);
  if (typeof hash === 'string' && hash.length <= 2 * MAX_TUPLE_HASH) return `string ${hash}`;
  if (hash === null || typeof hash === 'bigint' || typeof hash === 'number') {
    return `${typeof hash} ${hash}`;
  }
  throw new PythonError('a tuple of such values as a key is not supported');
}
