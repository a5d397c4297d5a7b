import type { ModelFree } from '@ramble/command-line/features';
import {
  EXTRACTION_METHODS,
  type ExtractionMethod,
  extractSummary,
  type SummarizationPrompt,
} from '@ramble/summarization';

interface ExtractOptions {
  readonly summarySentences?: number;
  readonly summaryWords?: number;
}

/** Default number of sentences of a summary. */
const SENTENCES = 3;

/** Summaries of any article in its own sentences. */
export const EXTRACTS: ModelFree<SummarizationPrompt, string, ExtractOptions> = {
  methods: EXTRACTION_METHODS,
  settings: {
    summarySentences: {
      kind: 'integer',
      min: 1,
      derived: `${SENTENCES}, unless --summary-words is given`,
      description: 'Number of sentences in a summary.',
    },
    summaryWords: {
      kind: 'integer',
      min: 1,
      derived: 'none',
      description: 'Number of words after which a summary gets no further sentences.',
    },
  },
  write: (method, { document }, { summarySentences, summaryWords }) =>
    extractSummary(document, method as ExtractionMethod, {
      sentences: summarySentences ?? (summaryWords === undefined ? SENTENCES : undefined),
      words: summaryWords,
    }), // one of its methods
};
