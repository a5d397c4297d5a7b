import type { AnyApp } from '@ramble/core';

import type { AppEntry } from '../verb/app-entry.js';
import { UsageError } from '../verb/exit-errors.js';
import { APP_PARTS, type AppPart } from '../verb/app-part.js';
import type { DomainVerb } from '../verb/verb.js';

/** The verbs that work with an app that has these parts; all of them where its parts are not known. */
export function verbsOf(
  { parts }: Pick<AppEntry, 'parts'>,
  verbs: readonly DomainVerb[],
): readonly DomainVerb[] {
  return verbs.filter(({ needs }) => !needs || !parts || parts.includes(needs.part));
}

/** The parts of an app that some verbs need. */
export function partsOf(app: AnyApp): readonly AppPart[] {
  return APP_PARTS.filter((part) => app[part] !== undefined);
}

/**
 * Checks that a verb works with the app that it was typed with.
 *
 * @param word - The domain as it was typed.
 * @param apps - Those that come with the command, to say where the verb works.
 * @throws UsageError when the app has not what the verb needs.
 */
export function checkVerb(
  { name, needs }: DomainVerb,
  { app, word }: { readonly app: AnyApp; readonly word: string },
  apps: readonly AppEntry[],
): void {
  if (!needs || app[needs.part] !== undefined) return;
  const able = apps.filter(({ parts }) => parts?.includes(needs.part));
  const commands = able.map((entry) => `ramble ${entry.name} ${name}`);
  const hint = commands.length > 0 ? `; use ${commands.join(' or ')}` : '';
  throw new UsageError(`${name}: expected ${needs.domain}, got ${word}${hint}`);
}
