import { bind, textOf } from './arguments.js';
import type { Budget } from './budget.js';
import { COMPARE } from './compare.js';
import { formatPercent } from './format.js';
import { Callable, Dict, itemsOf, type Named, Range, Tuple, Undefined } from './objects.js';
import type { BinaryOperator, CompareOperator } from './syntax.js';
import {
  isList,
  numberOf,
  print,
  PythonError,
  PythonObject,
  typeOf,
  type Value,
} from './values.js';

/** Maximum number of bits of an int. */
const MAX_BITS = 4096;

/** Computes `left operator right` as Python does. */
export function compute(
  operator: BinaryOperator,
  left: Value,
  right: Value,
  budget: Budget,
): Value {
  if (operator === '%' && typeof left === 'string') return formatPercent(left, right, budget);
  for (const value of [left, right]) if (value instanceof Undefined) throw value.error;
  if (operator === '+') {
    const sum = concatenate(left, right, budget);
    if (sum !== undefined) return sum;
  }
  if (operator === '*') {
    const product = repeat(left, right, budget) ?? repeat(right, left, budget);
    if (product !== undefined) return product;
  }
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a === undefined || b === undefined) {
    throw new PythonError(
      `unsupported operand type(s) for ${operator}: '${typeOf(left)}' and '${typeOf(right)}'`,
    );
  }
  if (typeof a === 'number' || typeof b === 'number' || operator === '/') {
    return computeFloats(operator, Number(a), Number(b));
  }
  return computeInts(operator, a, b);
}

/** Concatenates two texts, lists or tuples; returns `undefined` for other values. */
function concatenate(a: Value, b: Value, budget: Budget): Value | undefined {
  if (typeof a === 'string' && typeof b === 'string') {
    budget.text(a.length + b.length);
    return a + b;
  }
  const [p, q] = [itemsOf(a), itemsOf(b)];
  if (!p || !q || a instanceof Range || b instanceof Range || isList(a) !== isList(b)) {
    return undefined;
  }
  budget.elements(p.length + q.length);
  const items = [...p, ...q];
  return isList(a) ? items : new Tuple(items);
}

/** Repeats a text, a list or a tuple `times` times; returns `undefined` for other values. */
function repeat(sequence: Value, times: Value, budget: Budget): Value | undefined {
  const count = typeof times === 'boolean' ? Number(times) : times;
  if (typeof count !== 'bigint' && typeof count !== 'number') return undefined;
  if (typeof times === 'number') return undefined;
  const copies = Math.max(Number(count), 0);
  if (typeof sequence === 'string') {
    budget.text(sequence.length * copies);
    return sequence.repeat(copies);
  }
  const items = itemsOf(sequence);
  if (!items || sequence instanceof Range) return undefined;
  budget.elements(items.length * copies);
  const all = Array.from({ length: items.length * copies }, (_, i) => items[i % items.length]);
  return isList(sequence) ? all : new Tuple(all);
}

function computeFloats(operator: BinaryOperator, a: number, b: number): number {
  if (b === 0 && ['/', '//', '%'].includes(operator)) throw new PythonError('division by zero');
  return FLOATS[operator](a, b);
}

const FLOATS: Readonly<Record<BinaryOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  '%': (a, b) => {
    const rest = a % b;
    return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  },
  '**': (a, b) => {
    if (a < 0 && !Number.isInteger(b)) throw new PythonError('complex numbers are not supported');
    if (a === 0 && b < 0) throw new PythonError('0.0 cannot be raised to a negative power');
    return a ** b;
  },
};

function computeInts(operator: Exclude<BinaryOperator, '/'>, a: bigint, b: bigint): Value {
  if (b === 0n && (operator === '//' || operator === '%')) {
    throw new PythonError('integer division or modulo by zero');
  }
  if (operator === '**') {
    if (b < 0n) return computeFloats('**', Number(a), Number(b));
    if (a * a > 1n && b > BigInt(MAX_BITS)) throw tooLarge();
  }
  const result = INTS[operator](a, b);
  if (BigInt.asIntN(MAX_BITS, result) !== result) throw tooLarge();
  return result;
}

function tooLarge(): PythonError {
  return new PythonError(`ints of more than ${MAX_BITS} bits are not supported`);
}

const INTS: Readonly<Record<Exclude<BinaryOperator, '/'>, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '//': (a, b) => (a - INTS['%'](a, b)) / b,
  '%': (a, b) => {
    const rest = a % b;
    return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
  },
  '**': (a, b) => a ** b,
};

/** Computes `-value` or `+value`. */
export function signed(operator: '+' | '-', value: Value): Value {
  if (value instanceof Undefined) throw value.error;
  const number = numberOf(value);
  if (number === undefined) {
    throw new PythonError(`bad operand type for unary ${operator}: '${typeOf(value)}'`);
  }
  return operator === '-' ? -number : number;
}

/** A test of Jinja2, as in `value is divisibleby(3)`: returns whether it is true for the value and the arguments. */
type Test = (value: Value, positional: readonly Value[], named: Named, budget: Budget) => boolean;

function define(
  parameters: string,
  run: (value: Value, given: readonly Value[], budget: Budget) => boolean,
): Test {
  const names = parameters === '' ? [] : parameters.split(' ');
  return (value, positional, named, budget) => {
    const given = bind('test', names, positional, named).map((each) => each ?? null);
    return run(value, given, budget);
  };
}

function comparison(operator: CompareOperator): Test {
  return define('other', (value, [other], budget) => COMPARE[operator](value, other, budget));
}

function cased(own: 'toLowerCase' | 'toUpperCase', other: typeof own): Test {
  return define('', (value, _, budget) => {
    const text = print(value, budget);
    budget.work(text.length);
    return text === text[own]() && text !== text[other]();
  });
}

const rest = (value: Value, by: Value, budget: Budget): unknown =>
  numberOf(compute('%', value, by, budget));
const isZero = (number: unknown): boolean => number === 0n || number === 0;
const isSequence = (value: Value): boolean =>
  typeof value === 'string' ||
  isList(value) ||
  value instanceof Tuple ||
  value instanceof Range ||
  value instanceof Dict ||
  value instanceof Undefined;

const NAMED: Readonly<Record<string, CompareOperator>> = {
  ...{ eq: '==', equalto: '==', ne: '!=', lt: '<', lessthan: '<', le: '<=' },
  ...{ gt: '>', greaterthan: '>', ge: '>=', in: 'in' },
};

/**
 * Returns the tests of Jinja2.
 *
 * @param names - Names of the filters, for the test `filter`.
 */
export function testsOf(names: ReadonlySet<string>): Readonly<Record<string, Test>> {
  const tests: Record<string, Test> = {
    ...Object.fromEntries(Object.entries(NAMED).map(([name, sign]) => [name, comparison(sign)])),
    boolean: define('', (value) => typeof value === 'boolean'),
    callable: define('', (value) => value instanceof Callable || value instanceof Undefined),
    defined: define('', (value) => !(value instanceof Undefined)),
    divisibleby: define('num', (value, [by], budget) => isZero(rest(value, by, budget))),
    escaped: define('', () => false),
    even: define('', (value, _, budget) => isZero(rest(value, 2n, budget))),
    false: define('', (value) => value === false),
    filter: define('', (value) => typeof value === 'string' && names.has(value)),
    float: define('', (value) => typeof value === 'number'),
    integer: define('', (value) => typeof value === 'bigint'),
    iterable: define('', (value) => {
      if (typeof value === 'string' || isList(value)) return true;
      return value instanceof PythonObject && value.elements() !== undefined;
    }),
    lower: cased('toLowerCase', 'toUpperCase'),
    mapping: define('', (value) => value instanceof Dict),
    none: define('', (value) => value === null),
    number: define('', (value) => numberOf(value) !== undefined),
    odd: define('', (value, _, budget) => rest(value, 2n, budget) == 1), // an int or a float
    sameas: define('other', (value, [other]) => value === other),
    sequence: define('', isSequence),
    string: define('', (value) => typeof value === 'string'),
    test: define('', (value) => Object.hasOwn(tests, textOf(value))),
    true: define('', (value) => value === true),
    undefined: define('', (value) => value instanceof Undefined),
    upper: cased('toUpperCase', 'toLowerCase'),
  };
  for (const sign of ['==', '!=', '<', '<=', '>', '>='] as const) tests[sign] = comparison(sign);
  return tests;
}
