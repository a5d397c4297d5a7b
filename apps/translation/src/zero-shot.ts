import { instructDomain } from '@ramble/language/chat';
import type { ZeroShot } from '@ramble/command-line/features';
import { textFactory } from '@ramble/language';
import type { TranslationExample, TranslationPrompt } from '@ramble/translation';

const NAMES = new Intl.DisplayNames(['en'], { type: 'language' });

/** Translations by a model of text that follows instructions, asked in English by its chat template. */
export const ZERO_SHOT: ZeroShot<TranslationExample, TranslationPrompt, string> = {
  domain: 'text',
  load: async (files) =>
    instructDomain(await textFactory.load(files), {
      instructionFor: ({ to }) =>
        `Translate what the user says into ${languageName(to)}. Answer with the translation alone.`,
      textOf: ({ source }) => source,
      beginningOf: ({ beginning }) => beginning,
      promptOf: ({ source, to }) => ({ source, to }),
      outputOf: ({ target }) => target,
    }),
  sampling: () => ({ method: 'greedy', maxNewTokens: 200 }),
};

/** The English name of a language. */
function languageName(code: string | undefined): string {
  if (code === undefined) {
    throw new RangeError('to: expected the language to translate into, such as fr, got none');
  }
  try {
    return NAMES.of(code) ?? code;
  } catch {
    throw new RangeError(`to: expected a language such as fr or pt-br, got ${code}`);
  }
}
