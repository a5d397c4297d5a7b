import {
  type Domain,
  pairExample,
  pairPrompt,
  type TokenExample,
  type TokenPrompt,
} from '@ramble/core';
import { spacedText, type Tokenizer } from '@ramble/tokenizers';

import { cutDocument } from './cut-document.js';
import type { SummarizationExample, SummarizationPrompt } from './summarization-example.js';
import type { SummarizationOptions } from './summarization-options.js';

/** Stands between a document and its summary. */
export const SEPARATOR = '<tldr>';

/** The settings of reading documents that a run keeps in addition to the tokenizer. */
export type SummarizationSettings = Pick<SummarizationOptions, 'documentLoss' | 'cut'>;

/** The domain of documents and summaries. */
export interface SummarizationDomain extends Domain<
  SummarizationExample,
  SummarizationPrompt,
  string
> {
  readonly tokenizer: Tokenizer;
  readonly settings: SummarizationSettings;
}

/**
 * Pairs as `document <tldr> summary <|endoftext|>`. A document that is too long is cut as the settings
 * say. Texts are encoded with a space in front, which decoding takes away again, so that a word is the
 * same token at the beginning and within.
 *
 * @param tokenizer - With a special token `<tldr>`.
 * @see Liu et al. 2018, section 4.2.3, https://arxiv.org/abs/1801.10198
 */
export function summarizationDomain(
  tokenizer: Tokenizer,
  settings: SummarizationSettings,
): SummarizationDomain {
  const { endOfText: end, specialTokens } = tokenizer;
  const separator = specialTokens.get(SEPARATOR);
  if (separator === undefined) {
    throw new RangeError(`tokenizer: expected a special token ${SEPARATOR}, got none`);
  }
  const { encode, decode } = spacedText(tokenizer);
  const cut = <T extends TokenExample | TokenPrompt>(pair: T, room: number): T | undefined =>
    cutDocument(pair, room, { cut: settings.cut, tokenizer, separatorLength: 1 });
  return {
    name: 'summarization',
    tokenizer,
    settings,
    vocabulary: { size: tokenizer.vocabSize, describe: (id) => tokenizer.describe(id) },
    stopTokens: [end],
    encodeExample: ({ document, summary }) => {
      checkText('document', document);
      checkText('summary', summary);
      return pairExample(
        { source: encode(document), separator, target: encode(summary), end },
        { sourceLoss: settings.documentLoss },
      );
    },
    encodePrompt: ({ document, beginning }) =>
      pairPrompt(
        { source: encode(document), separator },
        beginning === undefined ? [] : encode(beginning),
      ),
    decodeOutput: decode,
    encodeOutput: (output) => [...encode(output), end],
    segments: (example, contextLength) => {
      const shorter = cut(example, contextLength);
      return shorter === undefined ? [] : [shorter];
    },
    cutPrompt: cut,
    cutRule: settings.cut,
  };
}

function checkText(name: string, text: string): void {
  if (text.trim() === '') throw new RangeError(`${name}: expected text, got none`);
}
