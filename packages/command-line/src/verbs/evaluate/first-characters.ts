import type { AnyApp } from '@ramble/core';

import { UsageError } from '../../verb/exit-errors.js';
import type { DomainCall } from '../../verb/verb.js';
import type { FoundData } from '../../data/find-data.js';
import { firstCharactersFeature } from './evaluate-features.js';

/**
 * Returns an app that reads only the first characters of data, and the data under another hash.
 *
 * @throws UsageError for an app whose data is not made of characters.
 */
export function firstCharacters(
  { app, command }: Pick<DomainCall<object>, 'app' | 'command'>,
  found: FoundData,
  count: number,
): { readonly app: AnyApp; readonly found: FoundData } {
  const first = firstCharactersFeature.of(app);
  if (!first) {
    throw new UsageError(
      `--max-characters: expected data of text, got that of ${command}, which has none`,
    );
  }
  const { data } = app;
  return {
    app: {
      ...app,
      data: {
        ...data,
        readExamples: (files, options) => first(data.readExamples(files, options), count),
      },
    },
    found: { ...found, sha256: `${found.sha256}, the first ${count} characters` },
  };
}
