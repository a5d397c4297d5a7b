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

/** Returns the verbs that work with an app, by its optional parts (`AppPart`); all verbs if its parts are unknown. */
export function verbsOf(
  entry: Pick<AppEntry, 'parts'>,
  verbs: readonly DomainVerb[],
): readonly DomainVerb[] {
  return verbs.filter((verb) => canRun(entry, verb));
}

/** Returns the optional parts that an app has, such as `rendering`. Some verbs need one of them. */
export function partsOf(app: AnyApp): readonly AppPart[] {
  const parts: Readonly<Record<string, unknown>> = { ...app, ...app.features };
  return APP_PARTS.filter((part) => parts[part] !== undefined); // like Feature.of, which the help does not load
}

/** Returns ramble's name of a verb that may be typed as in another program: `sample` for `generate`. */
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

/** Everything that the command line is assembled from: its engines, apps, verbs and the Explorer's page. */
export interface CliSetup {
  readonly version: string;
  /** The available engines, fastest first. */
  readonly engines: readonly Engine[];
  readonly apps: readonly AppEntry[];
  readonly verbs: Verbs;
  /** Path of the folder with the web page of the Explorer; absent if the page is not installed with the command. */
  readonly page?: string;
}
