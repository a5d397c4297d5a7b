import type { SettingTable, TokenExample, TokenPrompt } from '@ramble/core';
import { cutSource } from '@ramble/core/domain';
import { MAX_VOCAB_SIZE, type Tokenizer } from '@ramble/tokenizers';

import { paragraphsOf, sentencesOf, tfIdfScores } from './extract/extract.js';

/**
 * Part that is kept of a document longer than the context: its beginning; its beginning and its
 * end, half each; or the sentences or paragraphs that are most typical of the whole document by
 * tf-idf. Blank lines separate paragraphs.
 */
export const CUTS = ['head', 'head-and-tail', 'tf-idf', 'tf-idf-paragraphs'] as const;

/**
 * Part that is kept of a document longer than the context: its beginning, both ends, or its best
 * sentences or paragraphs by tf-idf.
 */
export type Cut = (typeof CUTS)[number];

export interface CutOptions {
  readonly cut: Cut;
  readonly tokenizer: Tokenizer;
  /** Number of tokens between the document and its summary. */
  readonly separatorLength: number;
}

/**
 * Cuts the document of an example or a prompt so that the example or prompt has at most `room` tokens. Returns
 * `undefined` if it does not fit even without the document.
 */
export function cutDocument<T extends TokenExample | TokenPrompt>(
  pair: T,
  room: number,
  { cut, tokenizer, separatorLength }: CutOptions,
): T | undefined {
  const keepBy = (document: Int32Array, count: number): Int32Array =>
    keep(document, count, cut, tokenizer);
  return cutSource(pair, room, { separatorLength, keep: keepBy });
}

/** Returns the part of a document that is kept, at most `room` tokens. */
function keep(document: Int32Array, room: number, cut: Cut, tokenizer: Tokenizer): Int32Array {
  switch (cut) {
    case 'head':
      return document.subarray(0, room);
    case 'head-and-tail': {
      const head = Math.ceil(room / 2);
      const tail = document.length - (room - head);
      return Int32Array.of(...document.subarray(0, head), ...document.subarray(tail));
    }
    case 'tf-idf':
      return bestParts(document, room, tokenizer, sentencesOf);
    case 'tf-idf-paragraphs':
      return bestParts(document, room, tokenizer, paragraphsOf);
  }
}

/**
 * Returns the sentences or paragraphs with the best scores that fit together into `room` tokens, in document order.
 * If none fits, returns the beginning of the best one.
 */
function bestParts(
  document: Int32Array,
  room: number,
  tokenizer: Tokenizer,
  partsOf: (text: string) => string[],
): Int32Array {
  const texts = partsOf(tokenizer.decode(document));
  const scores = tfIdfScores(texts);
  const encoded = texts.map((text) => tokenizer.encode(text));
  const ranked = texts.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const chosen: number[] = [];
  let left = room;
  for (const place of ranked) {
    if (encoded[place].length > left) continue;
    chosen.push(place);
    left -= encoded[place].length;
  }
  if (chosen.length === 0) return encoded[ranked[0]].subarray(0, room);
  const parts = chosen.sort((a, b) => a - b).map((place) => encoded[place]);
  return Int32Array.from(parts.flatMap((part) => Array.from(part)));
}

/** Settings that turn documents and summaries into tokens and loss weights. */
export interface SummarizationOptions {
  /** Number of ids of the byte-pair encoding. */
  readonly bpeVocabSize: number;
  /** Weight of predicting a token of the document; a token of the summary has 1. */
  readonly documentLoss: number;
  /** Part that is kept of a document longer than the context. */
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
      'Part to keep of a document that is longer than the context; tf-idf keeps the best sentences.',
  },
};
