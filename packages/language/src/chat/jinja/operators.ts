import type { Budget } from './budget.js';
import { formatPercent } from './format.js';
import { itemsOf, Range, Tuple, Undefined } from './objects.js';
import type { BinaryOperator } from './syntax.js';
import { isList, numberOf, PythonError, typeOf, type Value } from './values.js';

/** Number of bits of the largest int. */
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

/** Concatenates two texts, lists or tuples. */
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

/** Repeats a text, a list or a tuple. */
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
