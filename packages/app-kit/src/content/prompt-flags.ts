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

/**
 * The prompt as bytes; none without a flag.
 *
 * @throws UsageError when both flags are given.
 */
export async function promptContent(
  { prompt, promptFile }: PromptFlags,
  stdin: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  if (promptFile === undefined) return new TextEncoder().encode(prompt ?? '');
  if (prompt === undefined) return readContent(promptFile, stdin);
  throw new UsageError('--prompt-file: expected a prompt in one place, got --prompt too');
}
