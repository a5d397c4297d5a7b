import type { KnownKind } from '../formats/format.js';

/** The extensions of files that are read, for the error about other files. */
export interface Expected {
  /** Endings with their dots: `['.txt', '.jsonl']`. */
  readonly extensions: readonly string[];
}

/** The error about a file of a kind that is not read, with advice. */
export function kindError(name: string, kind: KnownKind, expected: Expected): Error {
  const remedy = kind.remedy === undefined ? '' : `; ${kind.remedy}`;
  return new Error(`${name}: expected ${listed(expected.extensions)}, got ${kind.name}${remedy}`);
}

/** `text`, or `a .txt, .jsonl or .csv file`. */
function listed(extensions: readonly string[]): string {
  if (extensions.length === 0) return 'text';
  const last = extensions[extensions.length - 1];
  const before = extensions.slice(0, -1).join(', ');
  return `a ${before === '' ? last : `${before} or ${last}`} file`;
}
