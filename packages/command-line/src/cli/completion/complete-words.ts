import type { AnyApp } from '@ramble/core';

import { type CliSetup, verbOf, verbsOf } from '../verbs-of.js';
import type { Candidate } from './flag-candidates.js';

type CommandContext = Pick<CliSetup, 'apps' | 'engines' | 'verbs'>;

/** Placeholder for fields of a verb that only error messages use. */
const PLAIN = { firstExample: '' };

/**
 * Lists the completions of the last word: domains, verbs, flags, or the values of a flag. Only the command's
 * own domains are loaded: pressing Tab runs no code of a file.
 *
 * @param words - Words after `ramble`; the last is being typed, and may be empty.
 * @returns an empty list if files are meant.
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
  const { plainShape, domainShape } = await import('../verb-shape.js');
  const { flagCandidates } = await import('./flag-candidates.js');
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
