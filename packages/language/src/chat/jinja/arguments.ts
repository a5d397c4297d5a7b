import type { Named } from './objects.js';
import { PythonError, typeOf, type Value } from './values.js';

/**
 * Returns the values of parameters in their order, as Python binds them; `undefined` for a missing one.
 *
 * @param parameters - Names of the parameters in order; a question mark follows an optional one.
 */
export function bind(
  name: string,
  parameters: readonly string[],
  positional: readonly Value[],
  named: Named,
): readonly (Value | undefined)[] {
  if (positional.length > parameters.length) {
    throw new PythonError(
      `${name} expected at most ${parameters.length} arguments, got ${positional.length}`,
    );
  }
  const names = parameters.map((parameter) => parameter.replace('?', ''));
  for (const given of named.keys()) {
    const at = names.indexOf(given);
    if (at < 0) throw new PythonError(`${name}() got an unexpected keyword argument '${given}'`);
    if (at < positional.length) {
      throw new PythonError(`${name}() got multiple values for argument '${given}'`);
    }
  }
  return parameters.map((parameter, i) => {
    const value = i < positional.length ? positional[i] : named.get(names[i]);
    if (value === undefined && !parameter.endsWith('?')) {
      throw new PythonError(`${name}() missing required argument: '${parameter}'`);
    }
    return value;
  });
}

/** Returns the value if it is a text; throws PythonError for other values. */
export function textOf(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  throw new PythonError(`a text is expected, not ${typeOf(value ?? null)}`);
}

/** Returns an int or a bool as a number; `usual` if the argument is missing; throws PythonError for other values. */
export function intOf(value: Value | undefined, usual: number): number {
  if (value === undefined) return usual;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return Number(value);
  throw new PythonError(`'${typeOf(value)}' object cannot be interpreted as an integer`);
}
