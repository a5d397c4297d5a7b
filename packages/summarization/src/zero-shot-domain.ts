import type { Domain, TokenExample, TokenPrompt } from '@ramble/core';
import type { Tokenizer } from '@ramble/tokenizers';

import { cutDocument } from './cut-document.js';
import { sentencesOf } from './extract/sentences.js';
import type { SummarizationExample, SummarizationPrompt } from './summarization-example.js';

/** What makes a text model sum up: people of the web write it before they do. */
const HINT = '\nTL;DR:';
/** The part that is kept of a document that is too long. */
const CUT = 'head';
/** Sentences of what it goes on with that are the summary. */
const SENTENCES = 3;

/**
 * Summarization by a model that learned text alone: the document, `TL;DR:`, and the first three sentences
 * of what follows. Of a document that is too long the beginning is read.
 *
 * @param tokenizer - The text model's.
 * @see Radford et al. 2019, section 3.6 (GPT-2)
 */
export function zeroShotDomain(
  tokenizer: Tokenizer,
): Domain<SummarizationExample, SummarizationPrompt, string> {
  const { endOfText, beginning: start } = tokenizer;
  const continues = true;
  const hint = tokenizer.encode(HINT, { continues });
  const encodeOutput = (summary: string): Int32Array =>
    tokenizer.encode(` ${summary}`, { continues });
  const ask = (document: string, after: ArrayLike<number>): TokenPrompt => {
    const before = [...start, ...tokenizer.encode(document.trim()), ...hint];
    return { tokens: [...before, ...Array.from(after)], outputStart: before.length };
  };
  const cut = <T extends TokenExample | TokenPrompt>(pair: T, room: number): T | undefined =>
    cutDocument(pair, room, { cut: CUT, tokenizer, separatorLength: hint.length });
  return {
    name: 'text',
    vocabulary: { size: tokenizer.vocabSize, describe: (id) => tokenizer.describe(id) },
    stopTokens: [endOfText],
    encodeExample: ({ document, summary }) => {
      const prompt = ask(document, [...encodeOutput(summary), endOfText]);
      return { ...prompt, lossWeights: new Float32Array(prompt.tokens.length).fill(1) };
    },
    encodePrompt: ({ document, beginning }) =>
      ask(document, beginning === undefined ? [] : encodeOutput(beginning)),
    decodeOutput: (tokens) => {
      const words = tokens.filter((token) => token !== endOfText);
      const text = tokenizer.decode(words, { continues });
      return sentencesOf(text.trim()).slice(0, SENTENCES).join('').trim();
    },
    encodeOutput: (output) => [...encodeOutput(output), endOfText],
    segments: (example, contextLength) => {
      const shorter = cut(example, contextLength);
      return shorter === undefined ? [] : [shorter];
    },
    cutPrompt: cut,
    cutRule: CUT,
  };
}
