import type { AnyDomain, TokenPrompt } from '@ramble/core';

import { subjectOf } from '../verb/flag.js';

/**
 * Encodes a prompt.
 *
 * @param place - Path or line of the prompt; `undefined` for a text of the command line.
 * @throws Error that says of the place what the domain says of the prompt.
 */
export function encodePlaced(
  domain: AnyDomain,
  prompt: unknown,
  place: string | undefined,
): TokenPrompt {
  try {
    return domain.encodePrompt(prompt);
  } catch (error) {
    if (place === undefined || !(error instanceof RangeError)) throw error;
    const subject = subjectOf(error.message);
    const said = subject === undefined ? error.message : error.message.slice(subject.length + 2);
    throw new Error(`${place}: ${said}`, { cause: error });
  }
}
