import type { Budget } from './budget.js';

/**
 * A value of a template. `null` is Python's None, a `bigint` an int, a `number` a float, and an array an
 * immutable list.
 */
export type Value = null | boolean | bigint | number | string | readonly Value[] | PythonObject;

/** Thrown for an operation for which Python raises an error. */
export class PythonError extends Error {
  override readonly name = 'PythonError';
}

/** A Python value without a corresponding JavaScript type. */
export abstract class PythonObject {
  /** Name of the value's type in Python. */
  abstract readonly type: string;

  /** Returns the value's text with quotes and brackets, as Python's `repr` does. */
  repr(budget: Budget): string {
    budget.step();
    return `<${this.type} object>`;
  }

  /** Returns the value's printed text, as Python's `str` does. */
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

/** Returns the name of a value's type in Python. */
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

/** Returns the characters of a text; a surrogate pair is one character. */
export function characters(text: string, budget: Budget): readonly string[] | string {
  budget.work(text.length);
  if (!/[\ud800-\udbff]/.test(text)) return text;
  budget.work(8 * text.length); // this makes a short-lived list
  return Array.from(text);
}

/** Returns the number of characters of a text; a surrogate pair counts once. */
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

/** Whether the two units at a position are a surrogate pair. */
export function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}

/** Returns the number of elements of a value, as Python's `len` does. */
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

/** Returns an iterator over the elements of a value. */
export function iterate(value: Value): Iterator<Value> {
  if (typeof value === 'string') return value[Symbol.iterator]();
  if (isList(value)) return value[Symbol.iterator]();
  const elements = value instanceof PythonObject ? value.elements() : undefined;
  if (!elements) throw new PythonError(`'${typeOf(value)}' object is not iterable`);
  return elements;
}

/** Returns the elements of a value as a list. */
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

/** Returns a number as an int or a float, a bool as an int; `undefined` for other values. */
export function numberOf(value: Value): bigint | number | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return typeof value === 'bigint' || typeof value === 'number' ? value : undefined;
}

/** Returns the printed text of a value, as Python's `str` does. */
export function print(value: Value, budget: Budget): string {
  if (typeof value === 'string') return value;
  return value instanceof PythonObject ? value.print(budget) : repr(value, budget);
}

/** Returns the text of a value with quotes and brackets, as Python's `repr` does. */
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

export function reprItems(items: readonly Value[], budget: Budget): string {
  return items.map((item) => repr(item, budget)).join(', ');
}

/** Formats a float as Python does: the shortest digits, and an exponent below 1e-4 and from 1e16. */
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

/** Maximum number of digits after the decimal point of a formatted number. */
export const MAX_DIGITS = 1000;

/**
 * Formats a float with a number of decimals, rounded by its exact value, halves to even digits.
 *
 * @param decimals - Number of decimals; may be negative, as in Python's `round`.
 */
export function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return floatText(value);
  if (Math.abs(decimals) > MAX_DIGITS) throw new PythonError(`at most ${MAX_DIGITS} digits`);
  const [mantissa, exponent] = binary(Math.abs(value));
  const numerator =
    mantissa * (exponent > 0n ? 2n ** exponent : 1n) * 10n ** BigInt(Math.max(decimals, 0));
  const denominator =
    (exponent < 0n ? 2n ** -exponent : 1n) * 10n ** BigInt(Math.max(-decimals, 0));
  let rounded = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  if (twice > denominator || (twice === denominator && rounded % 2n === 1n)) rounded++;
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (decimals <= 0) return sign + String(rounded * 10n ** BigInt(-decimals));
  const digits = String(rounded).padStart(decimals + 1, '0');
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Splits a positive float into a whole number times a power of two. */
function binary(value: number): readonly [mantissa: bigint, exponent: bigint] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const [power, fraction] = [bits >> 52n, bits & (2n ** 52n - 1n)];
  return power === 0n ? [fraction, -1074n] : [fraction + 2n ** 52n, power - 1075n];
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
