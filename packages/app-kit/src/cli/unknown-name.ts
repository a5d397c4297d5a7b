import { nearestName } from '@ramble/core';

import { UsageError } from './exit-errors.js';

/** `txet: unknown domain. Did you mean text?` */
export function unknownName(name: string, what: string, known: readonly string[]): UsageError {
  const nearest = nearestName(name, known);
  return new UsageError(`${name}: unknown ${what}.${nearest ? ` Did you mean ${nearest}?` : ''}`);
}
