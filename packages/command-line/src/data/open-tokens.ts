import { type AnyApp, type Domain, fingerprint } from '@ramble/core';
import { cachedTokens, type TokenFile } from '@ramble/datasets';

import { documentTokens } from './document-tokens.js';
import type { FoundData } from './find-data.js';
import { readData } from './read-data.js';
import type { WatchOptions } from './watch-files.js';

export interface OpenTokensOptions extends WatchOptions {
  readonly app: AnyApp;
  readonly domain: Domain<unknown, unknown, unknown>;
}

/**
 * Data as one long run of tokens in a file of the cache, encoded once, at constant memory.
 *
 * @returns the open file, the caller's to close.
 */
export function openTokens(data: FoundData, options: OpenTokensOptions): Promise<TokenFile> {
  const { app, domain } = options;
  const info = {
    vocabSize: domain.vocabulary.size,
    tokenizerFingerprint: fingerprint(app.factory.save(domain)),
    dataSha256: data.sha256,
  };
  const examples = readData(app, data, options);
  return cachedTokens(info, documentTokens(domain, examples), { variant: `app ${app.name}` });
}
