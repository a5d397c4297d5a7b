import { foreignAdvice, nearestName } from '@ramble/core';

import { UsageError } from '../verb/exit-errors.js';
import { flagName } from '../verb/flag-name.js';
import { allFlags, type VerbShape } from './verb-command.js';

/**
 * `--do-sample: unknown flag. Use --method random instead`: what another program's flag is here, else the
 * `train` that it belongs to, else a known one that is spelled much like it, else where all are listed.
 *
 * @param value - The word after the flag, if any.
 * @param shape - The verb that does not have it.
 */
export function unknownFlag(flag: string, value: string | undefined, shape: VerbShape): UsageError {
  return new UsageError(`${flag}: unknown flag. ${hintOf(flag, value, shape)}`);
}

function hintOf(flag: string, value: string | undefined, shape: VerbShape): string {
  const { command, train } = shape;
  const known = Object.keys(allFlags(shape));
  const advice = foreignAdvice(flag.replace(/^-+/, ''), value, known);
  if (advice) {
    const { say, because } = advice;
    const hint = say === undefined ? 'Leave it out' : `Use ${say} instead`;
    return because === undefined ? hint : `${hint}: ${because}`;
  }
  if (train?.flags.includes(flag)) return `It is a flag of ${train.command}`;
  const nearest = nearestName(flag, known.map(flagName));
  return nearest ? `Did you mean ${nearest}?` : `See ${command} --help`;
}
