import type { TokenPrompt } from '@ramble/core';

import type { PagePrompt } from '../contract.js';

/** A prompt as plain JSON. */
export function pagePrompt({ tokens, prefixLength, outputStart }: TokenPrompt): PagePrompt {
  return {
    tokens: Array.from(tokens),
    ...(prefixLength !== undefined && { prefixLength }),
    ...(outputStart !== undefined && { outputStart }),
  };
}
