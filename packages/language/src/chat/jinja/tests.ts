import { bind, textOf } from './arguments.js';
import type { Budget } from './budget.js';
import { COMPARE } from './compare.js';
import { Callable, Dict, type Named, Range, Tuple, Undefined } from './objects.js';
import { compute } from './operators.js';
import type { CompareOperator } from './syntax.js';
import { isList, numberOf, print, PythonObject, type Value } from './values.js';

/** A test: returns whether it is true for a value and the arguments. */
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
