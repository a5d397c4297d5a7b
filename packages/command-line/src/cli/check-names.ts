import { UsageError } from '../verb/exit-errors.js';
import { COMMON_FLAGS } from '../verb/flag.js';
import { flagName } from '../verb/flag-name.js';
import type { VerbShape } from './verb-command.js';

/**
 * Whether each flag of a verb is there once: an app's own settings stand beside those of all.
 *
 * @throws UsageError that names the first flag that is there twice.
 */
export function checkNames({
  command,
  flags,
  groups,
}: Pick<VerbShape, 'command' | 'flags' | 'groups'>): void {
  const known = new Set([...Object.keys(flags), ...Object.keys(COMMON_FLAGS)]);
  for (const { title, settings } of groups) {
    for (const name of Object.keys(settings)) {
      if (known.has(name)) {
        throw new UsageError(
          `${command}: expected settings of ${title} whose names are not flags already, got ${name} (${flagName(name)})`,
        );
      }
      known.add(name);
    }
  }
}
