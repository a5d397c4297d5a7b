import { UsageError } from '../verb/exit-errors.js';
import { flagName } from '../verb/flag-name.js';
import { foundRuns } from './runs-here.js';
import { allFlags, type VerbShape } from './verb-command.js';

/**
 * The error of a flag without a value. Where it names a run, the message names those of this folder, or how to make
 * one.
 *
 * @param flag - As it is typed: `--model`.
 */
export function missingValue(flag: string, shape: VerbShape): UsageError {
  const found = Object.entries(allFlags(shape)).find(([name]) => flagName(name) === flag);
  const { names, placeholder } = found?.[1] ?? {};
  if (names === undefined) {
    const isNew = placeholder === 'run';
    const what = isNew ? 'a new folder for the run, such as runs/NAME' : 'a value';
    return new UsageError(`${flag}: expected ${what}, got nothing`);
  }
  const { domain, makesRun, imports } = shape.runs;
  const runs = foundRuns(domain);
  const hints = [
    ...(runs === '' ? [] : [`there are ${runs}`]),
    ...(imports === undefined ? [] : [`${flag} ${imports} gets a model by its name`]),
    ...(runs !== '' || makesRun === undefined ? [] : [`${makesRun} makes a run`]),
  ];
  return new UsageError(
    `${flag}: expected the folder of a run, got nothing; ${hints.join(', and ')}`,
  );
}
