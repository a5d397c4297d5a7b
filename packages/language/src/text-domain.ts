import type { Domain } from '@ramble/core';
import {
  type EncodeOptions,
  type TextOrigin,
  type Tokenizer,
  UnknownCharacterError,
} from '@ramble/tokenizers';

import type { TextExample } from './text-example.js';

/** The domain of text: prompts and outputs are text. */
export interface TextDomain extends Domain<TextExample, string, string> {
  readonly tokenizer: Tokenizer;
  /** What an empty prompt stands for: ids that the training text has at its beginnings. */
  readonly start: readonly number[];
  allowSpecialTokens(): TextDomain;
}

/**
 * Text as a stream of tokens. A document ends with `<|endoftext|>`, and one without a prompt starts
 * after it, as in GPT-2.
 *
 * @param start - Ids that an empty prompt stands for; `<|endoftext|>` unless given.
 * @param options - How prompts and outputs to score are read; the training text has no special tokens.
 */
export function textDomain(
  tokenizer: Tokenizer,
  start: readonly number[] = [tokenizer.endOfText],
  options: EncodeOptions = {},
): TextDomain {
  const { endOfText } = tokenizer;
  return {
    name: 'text',
    tokenizer,
    start,
    vocabulary: { size: tokenizer.vocabSize, describe: (id) => tokenizer.describe(id) },
    stopTokens: [endOfText],
    encodeExample: ({ text, endsDocument, origin }) => {
      const ids = encodeFrom(tokenizer, text, origin);
      const tokens = new Int32Array(ids.length + (endsDocument ? 1 : 0)).fill(endOfText);
      tokens.set(ids);
      return { tokens, lossWeights: new Float32Array(tokens.length).fill(1) };
    },
    encodePrompt: (prompt) => ({
      tokens: prompt === '' ? start : tokenizer.encode(prompt, options),
    }),
    decodeOutput: (tokens) => tokenizer.decode(tokens),
    encodeOutput: (output) => tokenizer.encode(output, options),
    allowSpecialTokens: () => textDomain(tokenizer, start, { allowSpecial: true }),
  };
}

/** @throws UnknownCharacterError that names the file. */
function encodeFrom(
  tokenizer: Tokenizer,
  text: string,
  origin: TextOrigin | undefined,
): ReturnType<Tokenizer['encode']> {
  try {
    return tokenizer.encode(text);
  } catch (error) {
    throw origin && error instanceof UnknownCharacterError ? error.from(origin) : error;
  }
}
