import type { LogitBias } from '@ramble/core';

import { UsageError } from '../../verb/exit-errors.js';
import { parseNumber } from '../../verb/parse-number.js';
import { parseIds } from '../../content/parse-ids.js';

/**
 * A bias from its text: `12=-1.5`, `5,7=2`, `3=-inf`.
 *
 * @param name - What it is, for the error message.
 * @throws UsageError when it is none, or an id is not of the vocabulary.
 */
export function parseLogitBias(name: string, word: string, vocabSize: number): LogitBias {
  const [ids, value = '', ...more] = word.split('=');
  const bias = value === '-inf' ? -Infinity : parseNumber(value);
  if (typeof bias !== 'number' || more.length > 0) {
    throw new UsageError(
      `${name}: expected a token id and a number or -inf, such as 12=-1.5, got ${word}`,
    );
  }
  return { tokens: parseIds(name, ids.split(','), vocabSize), bias };
}
