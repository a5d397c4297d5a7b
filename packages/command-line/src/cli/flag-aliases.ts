import { foreignNamesOf } from '@ramble/core/sampling';

import { flagName } from '../verb/flag.js';

/**
 * Returns other programs' names for these flags, such as `--block-size`, `--block_size` and
 * `--context_length` for `contextLength`.
 *
 * @param names - All flags of a verb, in camel case.
 * @returns the flag that each alias means.
 */
export function aliasesOf(names: readonly string[]): ReadonlyMap<string, string> {
  const own = new Set(names.map(flagName));
  const aliases = Array.from(foreignNamesOf(names)).flatMap(([alias, name]) =>
    [`--${alias}`, `--${alias.replaceAll('_', '-')}`].map((typed): [string, string] => [
      typed,
      name,
    ]),
  );
  return new Map(aliases.filter(([typed]) => !own.has(typed)));
}
