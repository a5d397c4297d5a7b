import { intOf } from './arguments.js';
import type { Budget } from './budget.js';
import { equals } from './compare.js';
import { Callable, Dict, type Named, Range, Tuple, Undefined } from './objects.js';
import { listOf, print, PythonError, PythonObject, type Value } from './values.js';

/** Variables of a scope, which also reads the variables of enclosing scopes. */
export class Scope {
  private readonly variables = new Map<string, Value>();

  /** Number of enclosing scopes. */
  readonly depth: number;

  constructor(private readonly outer: Scope | undefined) {
    this.depth = outer ? outer.depth + 1 : 0;
  }

  get(name: string): Value | undefined {
    let scope: Scope | undefined = this; // eslint-disable-line @typescript-eslint/no-this-alias -- the innermost one
    for (; scope; scope = scope.outer) {
      const value = scope.variables.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  set(name: string, value: Value): void {
    this.variables.set(name, value);
  }
}

/** Object of Jinja2's function `namespace`, whose attributes a template may set in inner scopes, such as loops. */
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

/** The variable `loop` in the body of a `{% for %}` loop, with attributes such as `loop.index`. */
export class Loop extends PythonObject {
  readonly type = 'LoopContext';
  index = 0;
  private lastChecked: readonly Value[] | undefined;

  constructor(
    private readonly items: readonly Value[],
    private readonly depth: number,
    private readonly budget: Budget,
    private readonly recurse: ((children: Value) => Value) | undefined,
  ) {
    super();
  }

  /** Runs a recursive loop again for the items of `children`, and returns its text. */
  call([children]: readonly Value[]): Value {
    if (!this.recurse) {
      throw new PythonError("The loop must have the 'recursive' marker to be called recursively.");
    }
    return this.recurse(children);
  }

  override get size(): number {
    return this.items.length;
  }

  override attribute(name: string): Value | undefined {
    const { index, items, depth } = this;
    const { length } = items;
    const numbers: Readonly<Record<string, number>> = {
      ...{ index, index0: index - 1, revindex: length - index + 1, revindex0: length - index },
      ...{ length, depth: depth + 1, depth0: depth },
    };
    if (Object.hasOwn(numbers, name)) return BigInt(numbers[name]);
    switch (name) {
      case 'first':
        return index === 1;
      case 'last':
        return index === length;
      case 'previtem':
        return index > 1 ? items[index - 2] : new Undefined('there is no previous item');
      case 'nextitem':
        return index < length ? items[index] : new Undefined('there is no next item');
      case 'cycle':
        return new Callable(name, (values) => {
          if (values.length === 0) throw new PythonError('no items for cycling given');
          return values[(index - 1) % values.length];
        });
      case 'changed':
        return new Callable(name, (values) => this.hasChanged(values));
      default:
        return undefined;
    }
  }

  private hasChanged(values: readonly Value[]): boolean {
    const last = this.lastChecked;
    const isSame = last !== undefined && equals(new Tuple(last), new Tuple(values), this.budget);
    this.lastChecked = values;
    return !isSame;
  }
}

/** Returns the global functions that a template may call, by name. */
export function globalsOf(budget: Budget): ReadonlyMap<string, Value> {
  const pairs = (positional: readonly Value[], named: Named): Dict => {
    const dict = new Dict();
    const first = positional.at(0);
    if (positional.length > 1) throw new PythonError('dict expected at most 1 argument');
    if (first instanceof Dict) {
      budget.objects(first.size);
      for (const pair of first.entries()) dict.put(...pair);
    } else if (first !== undefined) {
      for (const pair of listOf(first, budget)) {
        const items = listOf(pair, budget);
        budget.objects(1);
        if (items.length !== 2) throw new PythonError('expected pairs');
        dict.put(items[0], items[1]);
      }
    }
    for (const [name, value] of named) dict.put(name, value);
    budget.objects(2 + named.size);
    return dict;
  };
  const functions: Readonly<Record<string, Callable['call']>> = {
    dict: pairs,
    namespace: (positional, named) => {
      const namespace = new Namespace();
      for (const [name, value] of pairs(positional, named).entries()) namespace.put(name, value);
      return namespace;
    },
    raise_exception: ([message = null]) => {
      throw new PythonError(print(message, budget));
    },
    range: (given) => {
      if (given.length < 1 || given.length > 3)
        throw new PythonError('range expected 1 to 3 arguments');
      const whole = given.map((each) => BigInt(intOf(each, 0)));
      const [start, stop, step] = whole.length === 1 ? [0n, whole[0], 1n] : [...whole, 1n];
      if (step === 0n) throw new PythonError('range() arg 3 must not be zero');
      const range = new Range(start, stop, step);
      budget.elements(4 * range.size); // of large ints
      return range;
    },
    strftime_now: ([form = null]) => formatTime(print(form, budget), new Date()),
    cycler: (values) => cycler(values),
    joiner: ([separator = ', ']) => {
      let isUsed = false;
      return new Callable('joiner', () => {
        const text = isUsed ? separator : '';
        isUsed = true;
        return text;
      });
    },
  };
  return new Map(
    Object.entries(functions).map(([name, call]) => [name, new Callable(name, call)] as const),
  );
}

function cycler(values: readonly Value[]): Value {
  if (values.length === 0) throw new PythonError('at least one item has to be provided');
  let at = 0;
  const next = (): Value => {
    const value = values[at];
    at = (at + 1) % values.length;
    return value;
  };
  return new (class extends PythonObject {
    readonly type = 'Cycler';
    override attribute(name: string): Value | undefined {
      if (name === 'current') return values[at];
      if (name === 'next') return new Callable(name, next);
      if (name !== 'reset') return undefined;
      return new Callable(name, () => {
        at = 0;
        return null;
      });
    }
  })();
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];

/** Formats the local time as Python's `strftime` does, with English names. */
function formatTime(form: string, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  const [hour, minute, second] = [now.getHours(), now.getMinutes(), now.getSeconds()];
  const dayOfYear = Math.round((Date.UTC(year, month, day) - Date.UTC(year, 0, 0)) / 86_400_000);
  const weekday = now.getDay();
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  const fields: Readonly<Record<string, () => string>> = {
    ...{ a: () => DAYS[weekday].slice(0, 3), A: () => DAYS[weekday] },
    ...{ b: () => MONTHS[month].slice(0, 3), h: () => MONTHS[month].slice(0, 3) },
    ...{ B: () => MONTHS[month], m: () => two(month + 1), d: () => two(day) },
    ...{ e: () => String(day).padStart(2), Y: () => String(year), y: () => two(year % 100) },
    ...{ H: () => two(hour), I: () => two(hour12), M: () => two(minute), S: () => two(second) },
    ...{
      p: () => (hour < 12 ? 'AM' : 'PM'),
      f: () => `${now.getMilliseconds() * 1000}`.padStart(6, '0'),
    },
    ...{ j: () => String(dayOfYear).padStart(3, '0'), w: () => String(weekday) },
    ...{ u: () => String(weekday === 0 ? 7 : weekday), z: () => '', Z: () => '' },
    U: () => two(Math.floor((dayOfYear + 6 - weekday) / 7)),
    W: () => two(Math.floor((dayOfYear + 6 - ((weekday + 6) % 7)) / 7)),
    F: () => formatTime('%Y-%m-%d', now),
    T: () => formatTime('%H:%M:%S', now),
    X: () => formatTime('%H:%M:%S', now),
    R: () => formatTime('%H:%M', now),
    D: () => formatTime('%m/%d/%y', now),
    x: () => formatTime('%m/%d/%y', now),
    c: () => formatTime('%a %b %e %H:%M:%S %Y', now),
    ...{ n: () => '\n', t: () => '\t', '%': () => '%' },
    s: () => String(Math.floor(now.getTime() / 1000)),
  };
  return form.replace(/%(-?)([a-zA-Z%])/g, (whole, bare: string, letter: string) => {
    if (!Object.hasOwn(fields, letter)) return whole;
    const text = fields[letter]();
    return bare === '' ? text : text.replace(/^[0 ]+(?=\d)/, '');
  });
}
