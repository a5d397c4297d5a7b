import type { AnyApp } from '@ramble/core';
import type { Engine } from '@ramble/core/engine';

import {
  APP_PARTS,
  type AppEntry,
  type AppPart,
  canRun,
  type DomainVerb,
  type Verbs,
} from '../verb/verb.js';

/** Returns the verbs that work with an app that has these parts, or all verbs if its parts are unknown. */
export function verbsOf(
  entry: Pick<AppEntry, 'parts'>,
  verbs: readonly DomainVerb[],
): readonly DomainVerb[] {
  return verbs.filter((verb) => canRun(entry, verb));
}

/** The parts of an app that some verbs need. */
export function partsOf(app: AnyApp): readonly AppPart[] {
  const parts: Readonly<Record<string, unknown>> = { ...app, ...app.features };
  return APP_PARTS.filter((part) => parts[part] !== undefined); // like Feature.of, which the help does not load
}

/** The name of the verb that a word means, which may be the word itself. */
export function verbOf(word: string, { aliases }: Pick<Verbs, 'aliases'>): string {
  return Object.hasOwn(aliases, word) ? aliases[word] : word;
}

/**
 * Returns what to use instead of a verb that only another program has, such as `pull`.
 *
 * @param domain - Domain of the suggested command.
 */
export function verbAdvice(
  word: string,
  domain: string,
  { advice }: Pick<Verbs, 'advice'>,
): string | undefined {
  const plain = word.replace(/[-_]/g, '').toLowerCase();
  if (!Object.hasOwn(advice, plain)) return undefined;
  const [say, because] = advice[plain];
  return `Use ${say.replace('DOMAIN', domain)} instead: ${because}`;
}

/** The parts that the command is made of. */
export interface CliSetup {
  readonly version: string;
  /** The available engines, fastest first. */
  readonly engines: readonly Engine[];
  readonly apps: readonly AppEntry[];
  readonly verbs: Verbs;
  /** The folder of the Explorer's page; absent if it does not come with the command. */
  readonly page?: string;
}
