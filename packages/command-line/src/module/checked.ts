import { inspect } from 'node:util';

import type { DataFile } from '@ramble/core';
import { shape } from '@ramble/core/app';
import { messageOf } from '@ramble/core/files';

import { UsageError } from '../verb/exit-errors.js';

type Act = (...given: unknown[]) => unknown;
type Parts = Record<string, unknown>;

/** Maps each wrapper that `checked` made to the module's original object. */
const OWNS = new WeakMap<object, unknown>();

/**
 * Checks that a value from a user's module has the expected type and members.
 *
 * @param word - The module, as the user named it, or the module's function that made the value.
 * @param path - Name of the value in the module.
 * @throws UsageError that names the first part that is missing or of another kind.
 */
export function checkShape(word: string, form: shape.Shape, value: unknown, path = ''): void {
  if (!form.fits(value)) {
    const name = path === '' ? word : `${word}: ${path}`;
    throw new UsageError(`${name}: expected ${form.expected}, got ${showValue(value)}`);
  }
  if (value === undefined) return;
  const { parts, each, isHidden = false } = form;
  const own = value as Parts; // a shape with parts has an object
  const names = parts ? Object.keys(parts) : each ? Object.keys(own) : [];
  for (const name of names) {
    checkShape(word, parts?.[name] ?? each ?? form, own[name], nameIn(path, name, isHidden));
  }
}

/**
 * Wraps a value, so that calls of its functions are checked by their shapes. An error names the function and its
 * argument.
 *
 * @param word - The module, as the user named it; empty for errors that begin with the function.
 */
export function checked<T>(word: string, form: shape.Shape, value: T, path = ''): OwnParts<T> {
  const { parts, isHidden = false } = form;
  if (!parts || typeof value !== 'object' || value === null) return value as OwnParts<T>;
  const owner = ownParts(value) as Parts;
  const stand: Parts = { ...owner };
  for (const [name, part] of Object.entries(parts)) {
    const own = owner[name];
    const inside = nameIn(path, name, isHidden);
    if (own === undefined) continue;
    stand[name] =
      typeof own === 'function'
        ? checkedCall(word, inside, part.call, { owner, act: own as Act })
        : checked(word, part, own, inside);
  }
  OWNS.set(stand, value);
  return stand as OwnParts<T>; // the same parts
}

function nameIn(path: string, name: string, isHidden: boolean): string {
  return path === '' || isHidden ? name : `${path}.${name}`;
}

function checkedCall(
  word: string,
  path: string,
  { returns, of, name: ownName = path, result, item, gives }: shape.CallShape = { returns: 'free' },
  { owner, act }: { readonly owner: Parts; readonly act: Act },
): Act {
  const named = word === '' ? ownName : `${word}: ${ownName}`;
  const nameOf = (given: readonly unknown[]): string => {
    if (of === undefined) return named;
    return `${named} of ${typeof of === 'number' ? showValue(given[of]) : of(...(given as never))}`;
  };
  const examined = (name: string, found: unknown, given: readonly unknown[]): unknown => {
    const wrong = result?.(found, { name, given, owner });
    if (!wrong) return found;
    throw new TypeError(`${name}: expected ${wrong.expected}, got ${showValue(wrong.got)}`);
  };
  return (...given) => {
    const errors = new Set<unknown>();
    const reads = returns === 'later' || returns === 'steps';
    const passed = given.map(ownOf).map((each) => (reads ? watched(each, errors) : each));
    if (returns === 'free') {
      const found = act(...passed);
      return gives ? Promise.resolve(found).then((value) => checked(word, gives, value)) : found;
    }
    const name = nameOf(given);
    if (returns === 'later') {
      const found = blameLater(name, () => act(...passed), errors);
      return found.then((value) => examined(name, value, given));
    }
    const found = blame(name, () => act(...passed));
    if (returns === 'steps') return blameSteps(name, sourceOf(name, found), errors);
    if (returns === 'any' || !(found instanceof Promise)) {
      const list = examined(name, found, given);
      const checkItem: Check = (each, i) => item?.(each, i, { name, given, owner });
      return item ? checkedItems(name, list as Iterable<unknown>, checkItem) : list; // as `result` checks
    }
    found.catch(() => undefined); // the result is refused in any case
    throw new TypeError(`${name}: expected a synchronous result, got ${showValue(found)}`);
  };
}

type Check = (item: unknown, index: number) => void;

function* checkedItems(name: string, items: Iterable<unknown>, check: Check): Generator {
  try {
    let count = 0;
    for (const item of items) {
      check(item, count++);
      yield item;
    }
  } catch (error) {
    throw blamed(name, error);
  }
}

function sourceOf(name: string, found: unknown): AsyncIterable<unknown> {
  if (isSource(found)) return found;
  throw new TypeError(
    `${name}: expected an async generator, as \`async function*\` makes one, got ${showValue(found)}`,
  );
}

/** Returns the module's original object behind a wrapper of `checked`; any other value unchanged. */
function ownOf(given: unknown): unknown {
  return typeof given === 'object' && given !== null ? (OWNS.get(given) ?? given) : given;
}

/** Calls a function of a module; an error that it throws is wrapped in one that names the function. */
export function blame<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw blamed(name, error);
  }
}

/**
 * Calls a function of a module and awaits its result. An error is wrapped in one that names the function, unless it
 * is in `excused`: these errors came from the function's input, and are thrown unchanged.
 */
async function blameLater(
  name: string,
  act: () => unknown,
  excused: ReadonlySet<unknown>,
): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    throw excused.has(error) ? error : blamed(name, error);
  }
}

async function* blameSteps(
  name: string,
  steps: AsyncIterable<unknown>,
  excused: ReadonlySet<unknown>,
): AsyncGenerator {
  try {
    yield* steps;
  } catch (error) {
    throw excused.has(error) ? error : blamed(name, error);
  }
}

/** Returns an error whose message is the name of a module's function and the message of the given error. */
function blamed(name: string, error: unknown): Error {
  const reason = messageOf(error);
  return new Error(`${name}: ${reason}`, { cause: error });
}

/**
 * Wraps an argument (an iterable, a file or files), and adds the errors of reading it to `errors`. These are not the
 * module's mistakes.
 */
function watched(given: unknown, errors: Set<unknown>): unknown {
  if (isSource(given)) return keepErrors(given, errors);
  if (isFile(given)) return { ...given, chunks: () => keepErrors(given.chunks(), errors) };
  const isFiles = Array.isArray(given) && given.some(isFile);
  return isFiles ? given.map((each) => watched(each, errors)) : given;
}

async function* keepErrors<T>(source: AsyncIterable<T>, errors: Set<unknown>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    errors.add(error);
    throw error;
  }
}

function isSource(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function isFile(value: unknown): value is DataFile {
  return typeof shape.partsOf(value).chunks === 'function';
}

/** Object whose functions are called without `this`. */
type OwnParts<T> = { [Key in keyof T]: Bound<T[Key]> };

type Bound<Part> = Part extends (...given: infer Given) => infer Result
  ? // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a function without `this`
    (this: void, ...given: Given) => Result
  : Part;

/**
 * Copies an object with all its parts as own properties and its functions bound: an app or a domain may be an
 * instance of a class, but its functions are called without `this`.
 */
export function ownParts<T extends object>(value: T): OwnParts<T> {
  const parts: Record<PropertyKey, unknown> = {};
  let each: object | null = value;
  while (each !== null && each !== Object.prototype) {
    for (const key of Reflect.ownKeys(each)) {
      if (key === 'constructor' || Object.hasOwn(parts, key)) continue;
      const part: unknown = Reflect.get(value, key);
      parts[key] = typeof part === 'function' ? (part.bind(value) as unknown) : part;
    }
    each = Reflect.getPrototypeOf(each);
  }
  return parts as OwnParts<T>; // the same parts
}

/** Maximum number of shown characters of a value. */
const SHOWN_LENGTH = 60;

/** Formats a value for an error: as shortened JSON, or by its kind if JSON cannot express it. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'none';
  if (typeof value === 'function') return 'a function';
  if (value instanceof Promise) return 'a Promise';
  if (typeof value === 'number') return String(value);
  const text = jsonOf(value) ?? inspect(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}

/** Formats tokens for an error, like `showValue`. Reads only the first ones, since lists may be long. */
export function showTokens(tokens: ArrayLike<number>): string {
  const length = Math.min(tokens.length, SHOWN_LENGTH); // each takes a character or more
  return showValue(Array.from({ length }, (_, i) => tokens[i]));
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value); // undefined for a symbol
  } catch {
    return undefined; // a circular object, or a BigInt
  }
}
