import type { AnyApp } from '@ramble/core';

import { UsageError } from '../cli/exit-errors.js';
import type { FlagTable } from '../cli/flag.js';
import { readContent } from './read-content.js';

/** Where a prompt comes from. */
export interface PromptFlags {
  readonly prompt?: string;
  readonly promptFile?: string;
}

export const PROMPT_FLAGS: FlagTable<PromptFlags> = {
  prompt: {
    kind: 'string',
    placeholder: 'text',
    derived: 'empty',
    description: 'What to go on from.',
  },
  promptFile: {
    kind: 'string',
    placeholder: 'file',
    derived: 'none',
    description: 'A file with the prompt, as it is; - for standard input.',
  },
};

/** A prompt and the bytes that it was read from. */
export interface ReadPrompt {
  readonly prompt: unknown;
  readonly content: Uint8Array;
}

/**
 * Reads the prompt that was given; an empty one without a flag.
 *
 * @throws UsageError when both flags are given; Error that names the file where it is no prompt.
 */
export async function readPrompt(
  app: Pick<AnyApp, 'readPrompt'>,
  { prompt, promptFile }: PromptFlags,
  stdin: AsyncIterable<Uint8Array>,
): Promise<ReadPrompt> {
  if (promptFile === undefined) return promptOf(app, new TextEncoder().encode(prompt ?? ''));
  if (prompt !== undefined) {
    throw new UsageError('--prompt-file: expected a prompt in one place, got --prompt too');
  }
  return promptOf(app, await readContent(promptFile, stdin), promptFile);
}

/**
 * A prompt from its bytes.
 *
 * @param place - Where they were found, for the error.
 */
export function promptOf(
  app: Pick<AnyApp, 'readPrompt'>,
  content: Uint8Array,
  place?: string,
): ReadPrompt {
  try {
    return { content, prompt: app.readPrompt(content) };
  } catch (error) {
    if (place === undefined) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(reason.replace(/^prompt:/, `${place}:`), { cause: error });
  }
}
