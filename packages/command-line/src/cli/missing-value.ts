import { UsageError } from '../verb/exit-errors.js';
import { flagName } from '../verb/flag.js';
import { aliasesOf, allFlags, type VerbShape } from './verb-command.js';
import { foundRuns } from './runs-here.js';

/**
 * Returns the error for a flag that was typed without its value. The message has the description of the flag. If the
 * value is a run, the message names the runs near the current folder, or tells how to make one.
 *
 * @param flag - The flag as the user typed it: `--model`.
 */
export function missingValue(flag: string, shape: VerbShape): UsageError {
  const known = allFlags(shape);
  const alias = aliasesOf(Object.keys(known)).get(flag);
  const meant = Object.entries(known).find(
    ([name]) => name === alias || flagName(name) === flag,
  )?.[1];
  if (meant?.names === undefined) {
    if (meant?.placeholder === 'run') {
      return new UsageError(
        `${flag}: expected a new folder for the run, such as runs/NAME, got nothing`,
      );
    }
    const choices = meant?.kind === 'choice' && meant.choices.join(', ');
    const what = choices ? choices.replace(/, (?=[^,]*$)/, ' or ') : 'a value';
    const about = meant ? `. ${meant.description.replace(/\.$/, '')}` : '';
    return new UsageError(`${flag}: expected ${what}, got nothing${about}`);
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
