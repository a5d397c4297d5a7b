import {
  drawAttentionFeature,
  helpExamplesFeature,
  pretrainingFeature,
  zeroShotFeature,
} from '@ramble/command-line/features';
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
  options: TRANSLATION_OPTIONS,
  data: {
    extensions: ['.tsv', '.jsonl'],
    fields: TRANSLATION_FIELDS,
    readExamples,
    readParallel: readParallelExamples,
    textsOf,
  },
  presets: PRESETS,
  features: {
    ...askedTranslation.features,
    ...helpExamplesFeature.with(HELP_EXAMPLES),
    ...zeroShotFeature.with(ZERO_SHOT),
    ...drawAttentionFeature.with(drawAlignment),
    ...pretrainingFeature.with({
      app: 'text',
      options: ({ bpeVocabSize }: TranslationOptions) => ({ tokenizer: 'bpe', bpeVocabSize }),
      textsOf,
    }),
  },
};

function textsOf({ source, target }: TranslationExample): readonly string[] {
  return [source, target];
}
