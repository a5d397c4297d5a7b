import type { AnyApp, ContentOptions } from '@ramble/core';

import type { FlagTable } from '../verb/flag.js';
import type { Output } from '../verb/output.js';
import type { DomainCall } from '../verb/verb.js';
import { askedPrompts } from './asked-prompts.js';
import { readContent } from './read-content.js';
import { readPlaced } from './read-placed.js';

/** The flags that give a prompt. */
export interface PromptFlags {
  readonly prompt?: string;
  readonly promptFile?: string;
}

export const PROMPT_FLAGS: FlagTable<PromptFlags> = {
  prompt: {
    kind: 'string',
    basic: true,
    placeholder: 'text',
    derived: 'empty',
    description: 'The prompt.',
  },
  promptFile: {
    kind: 'string',
    basic: true,
    placeholder: 'file',
    derived: 'none',
    description: 'A file that is the prompt, or - for standard input.',
  },
};

/** The app that reads prompts, and the function that gets its warnings. */
export interface PromptReading {
  readonly app: Pick<AnyApp, 'readPrompt'>;
  readonly output: Pick<Output, 'warn'>;
}

/** A prompt and the bytes that it was read from. */
export interface ReadPrompt {
  readonly prompt: unknown;
  readonly content: Uint8Array;
}

/**
 * Reads the prompt that was given; an empty one without a flag. Warns of what is wrong with its file.
 *
 * @throws UsageError when two flags give one; Error that names the file where it is no prompt.
 */
export async function readPrompt({
  app,
  flags: { prompt, promptFile },
  settings,
  io,
  output,
}: DomainCall<PromptFlags>): Promise<ReadPrompt> {
  const { file: ownFile, reader, checkPlaces } = askedPrompts(app, settings);
  checkPlaces({ prompt, promptFile });
  const file = promptFile ?? ownFile;
  const reading = { app: reader, output };
  if (file === undefined) return parsePrompt(reading, new TextEncoder().encode(prompt ?? ''));
  return parsePrompt(reading, await readContent(file, io.stdin, app), file);
}

/**
 * A prompt from its bytes; warns of what is wrong with them.
 *
 * @param place - Where they were found, for the error and the warnings.
 */
export function parsePrompt(
  { app, output }: PromptReading,
  content: Uint8Array,
  place?: string,
): ReadPrompt {
  const read = (options: ContentOptions): unknown => app.readPrompt(content, options);
  return { content, prompt: readPlaced(read, { name: 'prompt', place, output }) };
}
