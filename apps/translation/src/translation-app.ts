import type { App } from '@ramble/core';
import {
  drawAlignment,
  TRANSLATION_OPTIONS,
  type TranslationExample,
  type TranslationOptions,
  type TranslationPrompt,
} from '@ramble/translation';

import { askedTranslation } from './asked-translation.js';
import { HELP_EXAMPLES } from './help-examples.js';
import { PRESETS } from './presets.js';
import { readExamples, readParallelExamples, TRANSLATION_FIELDS } from './read-examples.js';
import { ZERO_SHOT } from './zero-shot.js';

/** Translators: learn from pairs of texts and translate others. */
export const translationApp: App<
  TranslationExample,
  TranslationPrompt,
  string,
  TranslationOptions
> = {
  ...askedTranslation,
  helpExamples: HELP_EXAMPLES,
  options: TRANSLATION_OPTIONS,
  extensions: ['.tsv', '.jsonl'],
  fields: TRANSLATION_FIELDS,
  readExamples,
  readParallel: readParallelExamples,
  textsOf,
  zeroShot: ZERO_SHOT,
  drawAttention: drawAlignment,
  pretraining: {
    app: 'text',
    options: ({ bpeVocabSize }) => ({ tokenizer: 'bpe', bpeVocabSize }),
    textsOf,
  },
  presets: PRESETS,
};

function textsOf({ source, target }: TranslationExample): readonly string[] {
  return [source, target];
}
