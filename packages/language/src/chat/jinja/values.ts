import type { Budget } from './budget.js';

/**
 * A value of a template, as Python has it: `null` is None, a `bigint` an int, a `number` a float and an array a list,
 * which nothing changes.
 */
export type Value = null | boolean | bigint | number | string | readonly Value[] | PythonObject;

/** An error that Python raises for an operation. */
export class PythonError extends Error {
  override readonly name = 'PythonError';
}

/** A value that JavaScript has no type for. */
export abstract class PythonObject {
  /** The name of its type in Python. */
  abstract readonly type: string;

  /** Returns the text between quotes and brackets, `repr`. */
  repr(budget: Budget): string {
    budget.step();
    return `<${this.type} object>`;
  }

  /** Returns the printed text of the value, `str`. */
  print(budget: Budget): string {
    return this.repr(budget);
  }

  get isTrue(): boolean {
    return this.size !== 0;
  }

  /** Number of elements; `undefined` for a value that has no length. */
  get size(): number | undefined {
    return undefined;
  }

  /** Returns the elements; `undefined` for a value that cannot be iterated. */
  elements(): Iterator<Value> | undefined {
    return undefined;
  }

  /** Returns an attribute other than a method of a built-in type. */
  attribute?(name: string): Value | undefined;
}

/**
 * A missing variable or attribute: prints as an empty text, and throws when it is used otherwise.
 */
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

/** A sequence that is no list: a tuple or a range. */
export class Tuple extends PythonObject {
  readonly type: string = 'tuple';

  constructor(readonly items: readonly Value[]) {
    super();
  }

  override repr(budget: Budget): string {
    const items = reprItems(this.items, budget);
    return this.items.length === 1 ? `(${items},)` : `(${items})`;
  }

  override get size(): number {
    return this.items.length;
  }

  override elements(): Iterator<Value> {
    return this.items[Symbol.iterator]();
  }
}

/** A group of the filter `groupby`. */
export class Group extends Tuple {
  override attribute(name: string): Value | undefined {
    const at = ['grouper', 'list'].indexOf(name);
    return at < 0 ? undefined : this.items[at];
  }
}

export class Range extends PythonObject {
  readonly type = 'range';
  readonly items: readonly bigint[];

  constructor(
    readonly start: bigint,
    readonly stop: bigint,
    readonly step: bigint,
  ) {
    super();
    const distance = step > 0n ? stop - start : start - stop;
    const pace = step > 0n ? step : -step;
    const length = distance > 0n ? (distance + pace - 1n) / pace : 0n;
    if (length > 100_000n) {
      throw new PythonError(
        'Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).',
      );
    }
    this.items = Array.from({ length: Number(length) }, (_, i) => start + BigInt(i) * step);
  }

  override repr(): string {
    const { start, stop, step } = this;
    return `range(${start}, ${stop}${step === 1n ? '' : `, ${step}`})`;
  }

  override get size(): number {
    return this.items.length;
  }

  override elements(): Iterator<Value> {
    return this.items[Symbol.iterator]();
  }

  override attribute(name: string): Value | undefined {
    return name === 'start' || name === 'stop' || name === 'step' ? this[name] : undefined;
  }
}

/** A dictionary, in the order in which its keys came. */
export class Dict extends PythonObject {
  readonly type = 'dict';
  private readonly pairs = new Map<unknown, readonly [key: Value, value: Value]>();

  constructor(pairs: Iterable<readonly [key: Value, value: Value]> = []) {
    super();
    for (const [key, value] of pairs) this.put(key, value);
  }

  /** Adds a pair while the dictionary is made. */
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
export class View extends PythonObject {
  constructor(
    readonly type: 'dict_keys' | 'dict_values' | 'dict_items',
    readonly items: readonly Value[],
  ) {
    super();
  }

  override repr(budget: Budget): string {
    return `${this.type}([${reprItems(this.items, budget)}])`;
  }

  override get size(): number {
    return this.items.length;
  }

  override elements(): Iterator<Value> {
    return this.items[Symbol.iterator]();
  }
}

/** An iterator, which is read once; its type is `generator`, or the type of a `reverse`. */
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

/** Variables that inner scopes may set. */
export class Namespace extends PythonObject {
  readonly type = 'Namespace';
  readonly values = new Dict();

  put(name: Value, value: Value): void {
    if (typeof name === 'string' && name.startsWith('_')) {
      throw new PythonError(
        `Chat templates cannot store underscore-prefixed attributes on a namespace, but got ${name}`,
      );
    }
    this.values.put(name, value);
  }

  override repr(budget: Budget): string {
    return `<Namespace ${this.values.repr(budget)}>`;
  }

  override attribute(name: string): Value | undefined {
    return this.values.get(name);
  }
}

/** Values by the names of parameters. */
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

/** The name of a value's type in Python. */
export function typeOf(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'object') return value instanceof PythonObject ? value.type : 'list';
  return { boolean: 'bool', bigint: 'int', number: 'float', string: 'str' }[
    typeof value as 'boolean' | 'bigint' | 'number' | 'string'
  ];
}

export function isTrue(value: Value): boolean {
  if (value instanceof PythonObject) return value.isTrue;
  return isList(value) ? value.length > 0 : Boolean(value);
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Items of a list, a tuple or a range; `undefined` for others. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (isList(value)) return value;
  return value instanceof Tuple || value instanceof Range ? value.items : undefined;
}

/** The characters of a text: whole ones, where JavaScript has two units for one. */
export function characters(text: string, budget: Budget): readonly string[] | string {
  budget.work(text.length);
  if (!/[\ud800-\udbff]/.test(text)) return text;
  budget.work(8 * text.length); // a list for a short time
  return Array.from(text);
}

/** Number of whole characters of a text. */
export function lengthOf(text: string, budget: Budget): number {
  budget.work(text.length);
  let { length } = text;
  for (let at = 0; at < text.length; at++) {
    if (!isPair(text, at)) continue;
    length--;
    at++;
  }
  return length;
}

/** Whether two units at a place are one character. */
export function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}

/** Number of elements, `len`. */
export function sizeOf(value: Value, budget: Budget): number {
  const size =
    typeof value === 'string'
      ? lengthOf(value, budget)
      : isList(value)
        ? value.length
        : value instanceof PythonObject
          ? value.size
          : undefined;
  if (size === undefined) throw new PythonError(`object of type '${typeOf(value)}' has no len()`);
  return size;
}

/** The elements of a value, one after the other. */
export function iterate(value: Value): Iterator<Value> {
  if (typeof value === 'string') return value[Symbol.iterator]();
  if (isList(value)) return value[Symbol.iterator]();
  const elements = value instanceof PythonObject ? value.elements() : undefined;
  if (!elements) throw new PythonError(`'${typeOf(value)}' object is not iterable`);
  return elements;
}

/** The elements of a value as a list. */
export function listOf(value: Value, budget: Budget): readonly Value[] {
  const all: Value[] = [];
  const source = iterate(value);
  for (let next = source.next(); !next.done; next = source.next()) {
    budget.elements(1);
    if (typeof value === 'string') budget.objects(1);
    all.push(next.value);
  }
  return all;
}

/** A number as an int or a float; a bool is an int. */
export function numberOf(value: Value): bigint | number | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return typeof value === 'bigint' || typeof value === 'number' ? value : undefined;
}

/** A value by which a dictionary or a set finds a key. */
export function hashOf(key: Value): unknown {
  if (typeof key === 'boolean') return key ? 1n : 0n;
  if (typeof key === 'number' && Number.isInteger(key)) return BigInt(key);
  if (key instanceof Tuple) return `\u0000tuple ${tupleHash(key)}`;
  if (isList(key) || key instanceof Dict) {
    throw new PythonError(`unhashable type: '${typeOf(key)}'`);
  }
  return key;
}

/** Maximum number of characters of what finds a tuple. */
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

// Equality and order

export function equals(a: Value, b: Value, budget: Budget): boolean {
  budget.step();
  if (typeof a === 'string') budget.work(a.length);
  const [x, y] = [numberOf(a), numberOf(b)];
  // An int and a float are compared by their values.
  if (x !== undefined && y !== undefined) return x == y;
  const [p, q] = [sequenceOf(a), sequenceOf(b)];
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

function sequenceOf(value: Value): readonly Value[] | undefined {
  return value instanceof Range || value instanceof Tuple || isList(value)
    ? itemsOf(value)
    : undefined;
}

/** Whether a comes before b. */
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

/**
 * The order of code points, which differs from JavaScript's order of UTF-16 units beyond U+FFFF.
 */
function isTextLess(a: string, b: string): boolean {
  const { length } = a;
  let at = 0;
  while (at < length && at < b.length && a[at] === b[at]) at++;
  if (at === length || at === b.length) return length < b.length;
  const rank = (unit: number): number =>
    unit >= 0xd800 && unit <= 0xdfff ? unit + 0x2000 : unit >= 0xe000 ? unit - 0x800 : unit;
  return rank(a.charCodeAt(at)) < rank(b.charCodeAt(at));
}

/** Values in order; equal ones keep theirs. */
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

// Texts of values

/** Text of a printed value, `str`. */
export function print(value: Value, budget: Budget): string {
  if (typeof value === 'string') return value;
  return value instanceof PythonObject ? value.print(budget) : repr(value, budget);
}

/** The text of a value between quotes and brackets, `repr`. */
export function repr(value: Value, budget: Budget): string {
  const text = reprOf(value, budget);
  budget.text(text.length);
  return text;
}

function reprOf(value: Value, budget: Budget): string {
  if (value === null) return 'None';
  switch (typeof value) {
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint': {
      const digits = String(value);
      budget.digits(digits.length);
      return digits;
    }
    case 'number':
      return floatText(value);
    case 'string':
      budget.work(value.length);
      return quoted(value, budget);
    default:
      if (value instanceof PythonObject) return value.repr(budget);
      return `[${reprItems(value, budget)}]`;
  }
}

function reprItems(items: readonly Value[], budget: Budget): string {
  return items.map((item) => repr(item, budget)).join(', ');
}

/** A float as Python writes it: the shortest digits, and an exponent below 1e-4 and from 1e16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent] = value.toExponential().split('e');
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : `${text}.0`;
}

const REPR_ESCAPES: Readonly<Record<string, string>> = {
  ...{ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' },
};

function quoted(text: string, budget: Budget): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\'"]|\p{C}|(?! )\p{Z}/gu, (character) => {
    budget.objects(1);
    if (character === "'" || character === '"') {
      return character === quote ? `\\${character}` : character;
    }
    if (Object.hasOwn(REPR_ESCAPES, character)) return REPR_ESCAPES[character];
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
  });
  return `${quote}${escaped}${quote}`;
}
