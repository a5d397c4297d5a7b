import type { Prompting } from '@ramble/core';
import type { TranslationPrompt } from '@ramble/translation';

interface PromptOptions {
  readonly to?: string;
  readonly forcedPrefix?: string;
}

/** Which language is asked for, and what the translation begins with. */
export const PROMPTING: Prompting<TranslationPrompt, PromptOptions> = {
  settings: {
    to: {
      kind: 'string',
      derived: 'that of pairs that name none, or of the first',
      description: 'The language to translate into: fr.',
    },
    forcedPrefix: {
      kind: 'string',
      derived: 'none',
      description: 'What the translation begins with.',
    },
  },
  apply: (prompt, { to, forcedPrefix: beginning }) => ({ ...prompt, to, beginning }),
};
