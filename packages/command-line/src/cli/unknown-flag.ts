import { foreignAdvice, nearestName } from '@ramble/core';

import { UsageError } from '../verb/exit-errors.js';
import { flagName } from '../verb/flag-name.js';

/**
 * `--do-sample: unknown flag. Use --method random instead`: what another program's flag is here, else a
 * known one that is spelled much like it, else where all are listed.
 *
 * @param value - The word after the flag, if any.
 * @param command - As it is typed: `ramble text train`.
 * @param known - The command's own flags, in camel case.
 */
export function unknownFlag(
  flag: string,
  value: string | undefined,
  command: string,
  known: readonly string[],
): UsageError {
  return new UsageError(`${flag}: unknown flag. ${hintOf(flag, value, command, known)}`);
}

function hintOf(
  flag: string,
  value: string | undefined,
  command: string,
  known: readonly string[],
): string {
  const advice = foreignAdvice(flag.replace(/^-+/, ''), value, known);
  if (advice) {
    const { say, because } = advice;
    const hint = say === undefined ? 'Leave it out' : `Use ${say} instead`;
    return because === undefined ? hint : `${hint}: ${because}`;
  }
  const nearest = nearestName(flag, known.map(flagName));
  return nearest ? `Did you mean ${nearest}?` : `See ${command} --help`;
}
