import { nearestName } from '@ramble/core/app';

import { UsageError } from './exit-errors.js';

/** Returns an error such as `--engine: expected one of native, tensorflow, got nativ. Did you mean native?` */
export function notOneOf(flag: string, known: readonly string[], got: string): UsageError {
  const nearest = nearestName(got, known);
  const hint = nearest ? `. Did you mean ${nearest}?` : '';
  return new UsageError(`${flag}: expected one of ${known.join(', ')}, got ${got}${hint}`);
}

/**
 * Returns an error such as `txet: unknown domain. Did you mean text?`
 *
 * @param otherwise - Hint if no known name is similar.
 */
export function unknownName(
  name: string,
  what: string,
  known: readonly string[],
  otherwise = '',
): UsageError {
  const nearest = nearestName(name, known);
  const hint = nearest ? `Did you mean ${nearest}?` : otherwise;
  return new UsageError(`${name}: unknown ${what}. ${hint}`.trimEnd());
}
