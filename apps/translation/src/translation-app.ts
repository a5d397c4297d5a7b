import type { App } from '@ramble/core';
import {
  drawAlignment,
  TRANSLATION_OPTIONS,
  type TranslationExample,
  translationFactory,
  type TranslationOptions,
  type TranslationPrompt,
} from '@ramble/translation';

import { HELP_EXAMPLES } from './help-examples.js';
import { PRESETS } from './presets.js';
import { PROMPTING } from './prompting.js';
import { readExamples, readParallelExamples, TRANSLATION_FIELDS } from './read-examples.js';
import { readLine } from './read-line.js';
import { SCORING } from './scoring.js';
import { ZERO_SHOT } from './zero-shot.js';

/** Translators: learn from pairs of texts and translate others. */
export const translationApp: App<
  TranslationExample,
  TranslationPrompt,
  string,
  TranslationOptions
> = {
  name: 'translation',
  description: 'Translation: learns from pairs of texts and translates new ones.',
  helpExamples: HELP_EXAMPLES,
  factory: translationFactory,
  options: TRANSLATION_OPTIONS,
  packing: 'examples',
  extensions: ['.tsv', '.jsonl'],
  fields: TRANSLATION_FIELDS,
  readExamples,
  readParallel: readParallelExamples,
  textsOf,
  readPrompt: (content) => ({ source: readLine('prompt', content) }),
  readOutput: (content) => readLine('output', content),
  showOutput: (text) => ({ kind: 'text', text }),
  prompting: PROMPTING,
  answer: ({ source }) => (source.trim() === '' ? '' : undefined),
  sampling: { method: 'greedy', numBeams: 4 },
  scoring: SCORING,
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
