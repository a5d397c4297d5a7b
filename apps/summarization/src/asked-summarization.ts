import { type AskedApp, answerFeature, scoringFeature } from '@ramble/core';
import {
  type SummarizationExample,
  summarizationFactory,
  type SummarizationOptions,
  type SummarizationPrompt,
} from '@ramble/summarization';

import { PROMPTING } from './prompting.js';
import { readText } from './read-text.js';
import { SCORING } from './scoring.js';

/** Documents to sum up, and summaries, of a model that is there. */
export const askedSummarization: AskedApp<
  SummarizationExample,
  SummarizationPrompt,
  string,
  SummarizationOptions
> = {
  name: 'summarization',
  description: 'Summarization: learns from documents with summaries and summarizes new ones.',
  factory: summarizationFactory,
  packing: 'examples',
  readPrompt: (content) => ({ document: readText('prompt', content) }),
  readOutput: (content) => readText('output', content),
  showOutput: (text) => ({ kind: 'text', text }),
  prompting: PROMPTING,
  sampling: { method: 'greedy', numBeams: 4, noRepeatNgramSize: 3 },
  features: {
    ...answerFeature.with(({ document }: SummarizationPrompt) =>
      document.trim() === '' ? '' : undefined,
    ),
    ...scoringFeature.with(SCORING),
  },
};
