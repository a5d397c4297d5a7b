import { outputFormat } from '@ramble/core';
import { unquoted } from '@ramble/core/files';

import type { PageToken } from '../contract.js';
import type { ExploredModel } from './explored-model.js';

/**
 * Prepares to say what the tokens of a model are.
 *
 * @returns a function of an id of the vocabulary.
 */
export function pageTokens({
  app,
  domain,
}: Pick<ExploredModel, 'app' | 'domain'>): (id: number) => PageToken {
  const isText = outputFormat(app, domain) === undefined;
  return (id) => {
    const word = domain.vocabulary.describe(id);
    return { id, word, text: isText ? unquoted(word) : word };
  };
}
