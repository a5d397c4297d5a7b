import type { AnyApp } from '@ramble/core';

import type { AppEntry } from '../verb/app-entry.js';
import { canRun } from '../verb/domain-hint.js';
import { APP_PARTS, type AppPart } from '../verb/app-part.js';
import type { DomainVerb } from '../verb/verb.js';

/** The verbs that work with an app that has these parts; all of them where its parts are not known. */
export function verbsOf(
  entry: Pick<AppEntry, 'parts'>,
  verbs: readonly DomainVerb[],
): readonly DomainVerb[] {
  return verbs.filter((verb) => canRun(entry, verb));
}

/** The parts of an app that some verbs need. */
export function partsOf(app: AnyApp): readonly AppPart[] {
  const parts: Readonly<Record<string, unknown>> = { ...app, ...app.features };
  return APP_PARTS.filter((part) => parts[part] !== undefined); // as Feature.of, which help need not load
}
