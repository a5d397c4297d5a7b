import type { AnyApp, Engine } from '@ramble/core';

import { DOMAIN_VERBS, PLAIN_VERBS, VERB_GROUPS } from '../../verbs/verbs.js';
import type { AppEntry } from '../../verb/app-entry.js';
import { verbOf } from '../../verbs/foreign-verbs.js';
import type { Candidate } from './candidate.js';
import { folderRuns } from './folder-runs.js';

interface Surroundings {
  readonly apps: readonly AppEntry[];
  readonly engines: readonly Engine[];
}

/** Flags that name a run. */
const RUN_FLAGS = new Set(['model', 'initFrom', 'like']);

/**
 * What the last of some words may become: domains, verbs, flags, or the values of a flag. Only domains
 * that come with the command are asked: pressing Tab runs no code of a file.
 *
 * @param words - Behind `ramble`; the last is being typed, and may be empty.
 * @returns none where files are meant.
 */
export async function completeWords(
  words: readonly string[],
  surroundings: Surroundings,
): Promise<readonly Candidate[]> {
  const typed = words.at(-1) ?? '';
  const candidates = await candidatesFor(words.slice(0, -1), typed, surroundings);
  return candidates.filter(({ value }) => value.startsWith(typed));
}

async function candidatesFor(
  before: readonly string[],
  typed: string,
  { apps, engines }: Surroundings,
): Promise<readonly Candidate[]> {
  const [first, second] = before as readonly [string, string | undefined]; // the first is looked at below
  if (before.length === 0)
    return [...apps.map(described), ...namesOf([...PLAIN_VERBS, ...VERB_GROUPS])];
  const { plainShape, domainShape } = await import('../verb-shape.js');
  const { flagCandidates } = await import('./flag-candidates.js');
  const plain = PLAIN_VERBS.find(({ name }) => name === verbOf(first));
  if (plain) {
    const shape = plainShape(plain, await plain.load(), 'ramble');
    return flagCandidates(shape, before.slice(1), typed, { engines, runs: runsFor });
  }
  const group = VERB_GROUPS.find(({ name }) => name === first);
  const app = await apps.find(({ name }) => name === first)?.load();
  if (!group && !app) return [];
  if (second === undefined) return namesOf(group?.verbs ?? DOMAIN_VERBS);
  if (app) {
    const verb = DOMAIN_VERBS.find(({ name }) => name === verbOf(second));
    if (!verb) return [];
    const program = await verb.load();
    const shape = domainShape(verb, program, app, first);
    const presets = presetsOf(program.presets?.(app));
    return flagCandidates(shape, before.slice(2), typed, { engines, runs: runsFor, presets });
  }
  const verb = group?.verbs.find(({ name }) => name === second);
  if (!verb) return [];
  const shape = plainShape(verb, await verb.load(), `ramble ${first}`);
  return flagCandidates(shape, before.slice(2), typed, { engines, runs: runsFor });
}

function presetsOf(presets: Readonly<Record<string, unknown>> = {}): readonly Candidate[] {
  return Object.keys(presets).map((value) => ({ value, description: 'settings by name' }));
}

function runsFor(flag: string, typed: string): readonly Candidate[] {
  return RUN_FLAGS.has(flag)
    ? folderRuns(typed).map((value) => ({ value, description: 'a run' }))
    : [];
}

function described({ name, description }: Pick<AnyApp, 'name' | 'description'>): Candidate {
  return { value: name, description };
}

function namesOf(
  verbs: readonly { readonly name: string; readonly summary: string }[],
): readonly Candidate[] {
  return verbs.map(({ name, summary }) => ({ value: name, description: summary }));
}
