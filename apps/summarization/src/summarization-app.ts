import {
  helpExamplesFeature,
  modelFreeFeature,
  pretrainingFeature,
  zeroShotFeature,
} from '@ramble/command-line/features';
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
  options: SUMMARIZATION_OPTIONS,
  data: {
    extensions: ['.jsonl', '.tsv'],
    fields: SUMMARIZATION_FIELDS,
    readExamples,
    readParallel: readParallelExamples,
    readFilePair,
    textsOf: ({ document, summary }) => [document, summary],
  },
  presets: PRESETS,
  features: {
    ...askedSummarization.features,
    ...helpExamplesFeature.with(HELP_EXAMPLES),
    ...modelFreeFeature.with(EXTRACTS),
    ...zeroShotFeature.with(ZERO_SHOT),
    ...pretrainingFeature.with({
      app: 'text',
      options: ({ bpeVocabSize }: SummarizationOptions) => ({ tokenizer: 'bpe', bpeVocabSize }),
      textsOf: ({ document }: SummarizationExample) => [document],
    }),
  },
};
