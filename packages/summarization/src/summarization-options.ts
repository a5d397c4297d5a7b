import type { SettingTable } from '@ramble/core';
import { MAX_VOCAB_SIZE } from '@ramble/tokenizers';

import { type Cut, CUTS } from './cut-document.js';

/** How documents and summaries become tokens, and what is learned from them. */
export interface SummarizationOptions {
  /** Ids of the byte-pair encoding. */
  readonly bpeVocabSize: number;
  /** Weight of predicting a token of the document; one of the summary has 1. */
  readonly documentLoss: number;
  /** What is kept of a document that is longer than the context allows. */
  readonly cut: Cut;
}

/**
 * Every option of the summarization domain with its range, default and description, as `ramble
 * summarization train --help` lists them.
 */
export const SUMMARIZATION_OPTIONS: SettingTable<SummarizationOptions> = {
  bpeVocabSize: {
    kind: 'integer',
    min: 257,
    max: MAX_VOCAB_SIZE,
    default: 8000,
    description: 'Number of tokens of the byte-pair encoding.',
  },
  documentLoss: {
    kind: 'number',
    min: 0,
    max: 1,
    default: 0,
    description: 'Weight of the loss on document tokens; summary tokens have 1.',
  },
  cut: {
    kind: 'choice',
    choices: CUTS,
    default: 'head',
    description:
      'What to keep of a document that is longer than the context; tf-idf keeps the best sentences.',
  },
};
