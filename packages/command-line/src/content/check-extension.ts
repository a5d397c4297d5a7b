import { extname } from 'node:path';

import { UsageError } from '../verb/exit-errors.js';

/**
 * Checks that a file's name ends in an extension that can be written.
 *
 * @param flag - As it is typed: `--out`.
 * @param extensions - Endings that can be written; any where there are none.
 * @throws UsageError where the file's name ends in none of them.
 */
export function checkExtension(
  flag: string,
  extensions: readonly string[] | undefined,
  file: string | undefined,
): void {
  if (file === undefined || !extensions || extensions.includes(extname(file))) return;
  throw new UsageError(`${flag}: expected a name that ends in ${listOf(extensions)}, got ${file}`);
}

/** `.a`, `.a or .b`, `.a, .b or .c`. */
function listOf(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' or ');
}
