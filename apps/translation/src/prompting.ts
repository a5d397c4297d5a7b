import type { Prompting } from '@ramble/core';
import type { TranslationPrompt } from '@ramble/translation';

interface PromptOptions {
  readonly to?: string;
  readonly forcedPrefix?: string;
}

/** The options of a prompt: its target language, and the beginning of the translation. */
export const PROMPTING: Prompting<TranslationPrompt, PromptOptions> = {
  settings: {
    to: {
      kind: 'string',
      derived: 'that of pairs without a language, or of the first pair',
      description: 'The language to translate into, such as fr.',
    },
    forcedPrefix: {
      kind: 'string',
      derived: 'none',
      description: 'What the translation begins with.',
    },
  },
  apply: (prompt, { to, forcedPrefix: beginning }) => ({ ...prompt, to, beginning }),
};
