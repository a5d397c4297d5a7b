import type { Prompting } from '@ramble/core';
import type { SummarizationPrompt } from '@ramble/summarization';

interface PromptOptions {
  readonly forcedPrefix?: string;
}

/** What the summary begins with. */
export const PROMPTING: Prompting<SummarizationPrompt, PromptOptions> = {
  settings: {
    forcedPrefix: {
      kind: 'string',
      derived: 'none',
      description: 'What the summary begins with.',
    },
  },
  apply: (prompt, { forcedPrefix: beginning }) => ({ ...prompt, beginning }),
};
