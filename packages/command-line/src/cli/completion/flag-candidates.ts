import type { Engine } from '@ramble/core/engine';

import { flagName } from '../../verb/flag.js';
import { folderRuns } from '../runs-here.js';
import { aliasesOf, allFlags, SHORT_FLAGS, type VerbShape } from '../verb-command.js';

/** Names that complete the value of `--engine`, `--preset` and similar flags. */
interface Values {
  readonly engines: readonly Engine[];
  readonly presets?: readonly Candidate[];
}

/**
 * Returns the flags of a verb, or the values of the flag before the word at the cursor.
 *
 * @returns an empty list if the flag's value is a file or free text.
 */
export function flagCandidates(
  shape: VerbShape,
  before: readonly string[],
  typed: string,
  { engines, presets = [] }: Values,
): readonly Candidate[] {
  const flags = allFlags(shape);
  const open = openFlag(before.at(-1), Object.keys(flags));
  const flag = open === undefined ? undefined : flags[open];
  if (open !== undefined && flag && flag.kind !== 'boolean' && !typed.startsWith('-')) {
    if (open === 'engine')
      return engines.map(({ name, description }) => ({ value: name, description }));
    if (open === 'preset') return presets;
    if (flag.names) return runsIn(typed);
    if (flag.kind !== 'choice') return [];
    return flag.choices.map((value) => ({ value, description: flag.description }));
  }
  if (typed === '' && shape.operands.at(0)?.startsWith('<')) return [];
  if (typed !== '' && !typed.startsWith('-')) return [];
  return Object.entries(flags)
    .filter(([name]) => shape.refused?.includes(name) !== true)
    .map(([name, { description }]) => ({ value: flagName(name), description }));
}

function runsIn(typed: string): readonly Candidate[] {
  return folderRuns(typed).map((value) => ({ value, description: 'a run' }));
}

/** Returns the flag that a word names: by its full name, its short name, or another program's name for it. */
function openFlag(word: string | undefined, names: readonly string[]): string | undefined {
  if (word === undefined) return undefined;
  const short = names.find((name) => SHORT_FLAGS[name] === word.replace(/^-/, ''));
  return names.find((name) => flagName(name) === word) ?? aliasesOf(names).get(word) ?? short;
}

/** A completion candidate and its meaning. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}
