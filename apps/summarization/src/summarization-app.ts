import type { App } from '@ramble/core';
import {
  SUMMARIZATION_OPTIONS,
  type SummarizationExample,
  type SummarizationOptions,
  type SummarizationPrompt,
} from '@ramble/summarization';

import { askedSummarization } from './asked-summarization.js';
import { EXTRACTS } from './extracts.js';
import { HELP_EXAMPLES } from './help-examples.js';
import { PRESETS } from './presets.js';
import {
  readExamples,
  readFilePair,
  readParallelExamples,
  SUMMARIZATION_FIELDS,
} from './read-examples.js';
import { ZERO_SHOT } from './zero-shot.js';

/** Summarizers: learn from documents and their summaries, and say what others are about. */
export const summarizationApp: App<
  SummarizationExample,
  SummarizationPrompt,
  string,
  SummarizationOptions
> = {
  ...askedSummarization,
  helpExamples: HELP_EXAMPLES,
  options: SUMMARIZATION_OPTIONS,
  extensions: ['.jsonl', '.tsv'],
  fields: SUMMARIZATION_FIELDS,
  readExamples,
  readParallel: readParallelExamples,
  readFilePair,
  textsOf: ({ document, summary }) => [document, summary],
  modelFree: EXTRACTS,
  zeroShot: ZERO_SHOT,
  pretraining: {
    app: 'text',
    options: ({ bpeVocabSize }) => ({ tokenizer: 'bpe', bpeVocabSize }),
    textsOf: ({ document }) => [document],
  },
  presets: PRESETS,
};
