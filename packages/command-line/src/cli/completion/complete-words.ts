import type { AnyApp } from '@ramble/core';
import type { Engine } from '@ramble/core/engine';

import { flagName } from '../../verb/flag.js';
import { folderRuns } from '../runs-here.js';
import { aliasesOf, allFlags, SHORT_FLAGS, type VerbShape } from '../verb-command.js';
import { plainShape, domainShape } from '../verb-shape.js';
import { type CliSetup, verbOf, verbsOf } from '../verbs-of.js';

type CommandContext = Pick<CliSetup, 'apps' | 'engines' | 'verbs'>;

/** A completion candidate and its meaning. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Placeholder for fields of a verb that only error messages use, so that completion does not need them. */
const PLAIN = { firstExample: '' };

/**
 * Lists the completions of the last word: domains, verbs, flags, or the values of a flag. Only built-in domains are
 * loaded, so pressing Tab runs no code of a user's file.
 *
 * @param words - Words after `ramble`; the last one is being typed, and may be empty.
 * @returns the completions that begin with the last word; an empty list where a file or free text is expected.
 */
export async function completeWords(
  words: readonly string[],
  context: CommandContext,
): Promise<readonly Candidate[]> {
  const typed = words.at(-1) ?? '';
  const candidates = await candidatesFor(words.slice(0, -1), typed, context);
  return candidates.filter(({ value }) => value.startsWith(typed));
}

async function candidatesFor(
  before: readonly string[],
  typed: string,
  { apps, engines, verbs }: CommandContext,
): Promise<readonly Candidate[]> {
  const [first, second] = before as readonly [string, string | undefined]; // the first word is checked below
  if (before.length === 0)
    return [...apps.map(described), ...namesOf([...verbs.plain, ...verbs.groups])];
  const named = verbs.plain.find(({ name }) => name === verbOf(first, verbs));
  const group = verbs.groups.find(({ name }) => name === first);
  const entry = apps.find(({ name }) => name === first);
  const ofDomain = entry ? verbsOf(entry, verbs.ofDomains) : [];
  if (!named && second === undefined) return namesOf(group?.verbs ?? ofDomain);
  const plain = named ?? group?.verbs.find(({ name }) => name === second);
  if (plain) {
    const command = named ? 'ramble' : `ramble ${first}`;
    const shape = plainShape(plain, await plain.load(), { ...PLAIN, command });
    return flagCandidates(shape, before.slice(named ? 1 : 2), typed, { engines });
  }
  const verb = ofDomain.find(({ name }) => name === verbOf(second ?? '', verbs));
  const app = await entry?.load();
  if (!verb || !app) return [];
  const program = await verb.load();
  const shape = domainShape(verb, program, app, { ...PLAIN, word: first });
  const presets = presetsOf(program.presets?.(app));
  return flagCandidates(shape, before.slice(2), typed, { engines, presets });
}

function presetsOf(presets: Readonly<Record<string, unknown>> = {}): readonly Candidate[] {
  return Object.keys(presets).map((value) => ({ value, description: 'settings by name' }));
}

function described({ name, description }: Pick<AnyApp, 'name' | 'description'>): Candidate {
  return { value: name, description };
}

function namesOf(
  verbs: readonly { readonly name: string; readonly summary: string }[],
): readonly Candidate[] {
  return verbs.map(({ name, summary }) => ({ value: name, description: summary }));
}

/** Engines and presets, whose names complete the values of `--engine` and `--preset`. */
interface Values {
  readonly engines: readonly Engine[];
  readonly presets?: readonly Candidate[];
}

/**
 * Returns the flags of a verb, or the values of the flag before the word at the cursor.
 *
 * @returns an empty list if a file or free text is expected.
 */
function flagCandidates(
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

/**
 * Returns the flag that a word names by its full name, its short name or another program's name; else `undefined`.
 */
function openFlag(word: string | undefined, names: readonly string[]): string | undefined {
  if (word === undefined) return undefined;
  const short = names.find((name) => SHORT_FLAGS[name] === word.replace(/^-/, ''));
  return names.find((name) => flagName(name) === word) ?? aliasesOf(names).get(word) ?? short;
}
