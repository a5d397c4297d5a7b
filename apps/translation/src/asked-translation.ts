import { type AskedApp, answerFeature, scoringFeature } from '@ramble/core';
import {
  type TranslationExample,
  translationFactory,
  type TranslationOptions,
  type TranslationPrompt,
} from '@ramble/translation';

import { PROMPTING } from './prompting.js';
import { readLine } from './read-line.js';
import { SCORING } from './scoring.js';

/** Texts to translate, and translations, of a model that is there. */
export const askedTranslation: AskedApp<
  TranslationExample,
  TranslationPrompt,
  string,
  TranslationOptions
> = {
  name: 'translation',
  description: 'Translation: learns from pairs of texts and translates new ones.',
  factory: translationFactory,
  packing: 'examples',
  readPrompt: (content) => ({ source: readLine('prompt', content) }),
  readOutput: (content) => readLine('output', content),
  showOutput: (text) => ({ kind: 'text', text }),
  prompting: PROMPTING,
  sampling: { method: 'greedy', numBeams: 4 },
  features: {
    ...answerFeature.with(({ source }: TranslationPrompt) =>
      source.trim() === '' ? '' : undefined,
    ),
    ...scoringFeature.with(SCORING),
  },
};
