import type { ModelConfig } from '@ramble/core';

import type { PagePrompt } from '../contract.js';

/** Maximum number of scores of a layer in memory, before the mask, after it and after the softmax: 512 MB. */
const MOST_IN_MEMORY = 2 ** 27;
/** Maximum number of weights in an answer: 20 MB of JSON. */
const MOST_IN_ANSWER = 2 ** 21;

/**
 * Checks that the attention of a prompt fits into memory, and into an answer.
 *
 * @throws RangeError for a longer prompt.
 */
export function checkRoom(
  { nHead, contextLength }: ModelConfig,
  { tokens: { length } }: PagePrompt,
): void {
  const most = Math.floor(Math.sqrt(Math.min(MOST_IN_MEMORY / (3 * nHead), MOST_IN_ANSWER)));
  if (length <= most || length > contextLength) return; // what is longer than the context is refused as that
  throw new RangeError(
    `prompt: expected at most ${most} tokens, so that the attention of ${nHead} heads fits, got ${length}`,
  );
}
