import type { ChatTemplate, Domain } from '@ramble/core';
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

/** What a text domain has beside its tokenizer. */
export interface TextDomainOptions extends EncodeOptions {
  /** Ids that end an output, in addition to `<|endoftext|>`. */
  readonly stopTokens?: readonly number[];
  /** How conversations become prompts, where the model is one that answers. */
  readonly chatTemplate?: ChatTemplate;
}

/**
 * Text as a stream of tokens. A document ends with `<|endoftext|>`, and one without a prompt starts
 * after it, as in GPT-2.
 *
 * @param start - Ids that an empty prompt stands for; `<|endoftext|>` unless given.
 * @param options - Whether prompts and outputs to score have special tokens, which the training text has
 *   not; and what a model that answers has of its own.
 */
export function textDomain(
  tokenizer: Tokenizer,
  start: readonly number[] = [tokenizer.endOfText],
  options: TextDomainOptions = {},
): TextDomain {
  const { endOfText } = tokenizer;
  const { stopTokens = [], chatTemplate } = options;
  return {
    name: 'text',
    tokenizer,
    start,
    vocabulary: { size: tokenizer.vocabSize, describe: (id) => tokenizer.describe(id) },
    stopTokens: [...new Set([...stopTokens, endOfText])],
    ...(chatTemplate && { chatTemplate }),
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
    allowSpecialTokens: () => textDomain(tokenizer, start, { ...options, allowSpecial: true }),
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
