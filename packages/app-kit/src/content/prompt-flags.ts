import type { AnyApp } from '@ramble/core';

import type { FlagTable } from '../cli/flag.js';
import { askedPrompts } from './asked-prompts.js';
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
 * @param settings - Of the app's prompts, among others.
 * @throws UsageError when two flags give one; Error that names the file where it is no prompt.
 */
export async function readPrompt(
  app: Pick<AnyApp, 'readPrompt' | 'prompting'>,
  { prompt, promptFile }: PromptFlags,
  stdin: AsyncIterable<Uint8Array>,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<ReadPrompt> {
  const { file: ownFile, reader, checkPlaces } = askedPrompts(app, settings);
  checkPlaces({ prompt, promptFile });
  const file = promptFile ?? ownFile;
  if (file === undefined) return promptOf(reader, new TextEncoder().encode(prompt ?? ''));
  return promptOf(reader, await readContent(file, stdin), file);
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
