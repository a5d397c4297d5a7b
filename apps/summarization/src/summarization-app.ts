import type { App } from '@ramble/core';
import {
  SUMMARIZATION_OPTIONS,
  type SummarizationExample,
  summarizationFactory,
  type SummarizationOptions,
  type SummarizationPrompt,
} from '@ramble/summarization';

import { EXTRACTS } from './extracts.js';
import { HELP_EXAMPLES } from './help-examples.js';
import { PRESETS } from './presets.js';
import { PROMPTING } from './prompting.js';
import {
  readExamples,
  readFilePair,
  readParallelExamples,
  SUMMARIZATION_FIELDS,
} from './read-examples.js';
import { readText } from './read-text.js';
import { SCORING } from './scoring.js';
import { ZERO_SHOT } from './zero-shot.js';

/** Summarizers: learn from documents and their summaries, and say what others are about. */
export const summarizationApp: App<
  SummarizationExample,
  SummarizationPrompt,
  string,
  SummarizationOptions
> = {
  name: 'summarization',
  description: 'Summarization: learns from documents with summaries and summarizes new ones.',
  helpExamples: HELP_EXAMPLES,
  factory: summarizationFactory,
  options: SUMMARIZATION_OPTIONS,
  packing: 'examples',
  extensions: ['.jsonl', '.tsv'],
  fields: SUMMARIZATION_FIELDS,
  readExamples,
  readParallel: readParallelExamples,
  readFilePair,
  textsOf: ({ document, summary }) => [document, summary],
  readPrompt: (content) => ({ document: readText('prompt', content) }),
  readOutput: (content) => readText('output', content),
  showOutput: (text) => ({ kind: 'text', text }),
  prompting: PROMPTING,
  answer: ({ document }) => (document.trim() === '' ? '' : undefined),
  modelFree: EXTRACTS,
  sampling: { method: 'greedy', numBeams: 4, noRepeatNgramSize: 3 },
  scoring: SCORING,
  zeroShot: ZERO_SHOT,
  pretraining: {
    app: 'text',
    options: ({ bpeVocabSize }) => ({ tokenizer: 'bpe', bpeVocabSize }),
    textsOf: ({ document }) => [document],
  },
  presets: PRESETS,
};
