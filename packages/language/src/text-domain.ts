import type { Domain } from '@ramble/core';
import type { ChatTemplate } from '@ramble/core/domain';
import {
  type EncodeOptions,
  type StreamDecoder,
  type TextOrigin,
  type Tokenizer,
  UnknownCharacterError,
  vocabularyOf,
} from '@ramble/tokenizers';

/** The domain of text: prompts and outputs are text. */
export interface TextDomain extends Domain<TextExample, string, string> {
  readonly tokenizer: Tokenizer;
  /** Ids that replace an empty prompt: the ids after which a text begins in the training data. */
  readonly start: readonly number[];
  encodeOutput(output: string): ArrayLike<number>;
  allowSpecialTokens(): TextDomain;
}

/** Settings of a text domain in addition to its tokenizer. */
export interface TextDomainOptions extends Pick<EncodeOptions, 'allowSpecial'> {
  /** Ids that end an output, in addition to `<|endoftext|>`. */
  readonly stopTokens?: readonly number[];
  /** Template that turns conversations into prompts, for a chat model. */
  readonly chatTemplate?: ChatTemplate;
}

/**
 * Makes the domain of text, which is a stream of tokens. A document ends with `<|endoftext|>`. Output without a
 * prompt starts after that token, as in GPT-2. If the tokenizer has ids for the beginning of a text, such as `<s>`,
 * every document and every prompt begins with them.
 *
 * @param start - Ids that replace an empty prompt: by default the tokenizer's ids for a beginning, or `<|endoftext|>`
 *   if it has none.
 * @param options - Whether prompts and outputs to score may contain special tokens, which the training text never
 *   does; stop tokens and chat template of a chat model.
 */
export function textDomain(
  tokenizer: Tokenizer,
  start: readonly number[] = startOf(tokenizer),
  options: TextDomainOptions = {},
): TextDomain {
  const { endOfText, beginning } = tokenizer;
  const { stopTokens = [], chatTemplate, allowSpecial } = options;
  return {
    name: 'text',
    tokenizer,
    start,
    vocabulary: vocabularyOf(tokenizer),
    stopTokens: [...new Set([...stopTokens, endOfText])],
    ...(chatTemplate && { chatTemplate }),
    encodeExample: ({ text, endsDocument, continues = false, origin }) => {
      const before = continues ? [] : beginning;
      const ids = encodeFrom(tokenizer, text, { continues, origin });
      const length = before.length + ids.length + (endsDocument ? 1 : 0);
      const tokens = new Int32Array(length).fill(endOfText);
      tokens.set(before);
      tokens.set(ids, before.length);
      return { tokens, lossWeights: new Float32Array(tokens.length).fill(1) };
    },
    encodePrompt: (prompt) => {
      const ids = tokenizer.encode(prompt, { allowSpecial });
      if (ids.length === 0) return { tokens: start }; // no text, or a text without any tokens
      const isBegun = beginning.every((id, at) => ids[at] === id); // by the name of the token
      if (isBegun) return { tokens: ids };
      const tokens = new Int32Array(beginning.length + ids.length);
      tokens.set(beginning);
      tokens.set(ids, beginning.length);
      return { tokens };
    },
    decodeOutput: (tokens) => {
      const decoder = outputDecoder(tokenizer);
      return tokens.map((token) => decoder.push(token)).join('') + decoder.end();
    },
    encodeOutput: (output) => tokenizer.encode(output, { allowSpecial, continues: true }),
    allowSpecialTokens: () => textDomain(tokenizer, start, { ...options, allowSpecial: true }),
  };
}

/** Returns the first ids of a text without a prompt. */
function startOf({ beginning, endOfText }: Tokenizer): readonly number[] {
  return beginning.length > 0 ? beginning : [endOfText];
}

/**
 * Encodes a text to train on.
 *
 * @throws UnknownCharacterError that names the text's file, if `origin` is given.
 */
function encodeFrom(
  tokenizer: Tokenizer,
  text: string,
  { continues, origin }: { readonly continues: boolean; readonly origin?: TextOrigin },
): ReturnType<Tokenizer['encode']> {
  try {
    return tokenizer.encode(text, { continues });
  } catch (error) {
    throw origin && error instanceof UnknownCharacterError ? error.from(origin) : error;
  }
}

/** A text to train on: a whole document, or a part of a long document. */
export interface TextExample {
  readonly text: string;
  /** True for a part of a document that is not its first. */
  readonly continues?: boolean;
  /** True for the last part of a document. */
  readonly endsDocument: boolean;
  /** Origin of the text, for errors. */
  readonly origin?: TextOrigin;
}

/**
 * Makes a decoder of the continuation of a prompt: a space at its beginning is kept. If the ids start with the
 * tokenizer's ids for the beginning of a text, such as `<s>`, these add no text.
 */
export function outputDecoder(tokenizer: Tokenizer): StreamDecoder {
  const { beginning } = tokenizer;
  let decoder = tokenizer.streamDecoder({ continues: true });
  let begun = 0;
  let isOpen = beginning.length > 0;
  /** Returns the text of ids that looked like the beginning ids at first, but turned out not to be. */
  const settle = (): string => {
    isOpen = false;
    return beginning
      .slice(0, begun)
      .map((id) => decoder.push(id))
      .join('');
  };
  const { reach } = decoder;
  return {
    ...(reach !== undefined && { reach: reach + beginning.length }),
    push: (id) => {
      if (!isOpen) return decoder.push(id);
      if (id !== beginning[begun]) return settle() + decoder.push(id);
      if (++begun < beginning.length) return '';
      isOpen = false;
      decoder = tokenizer.streamDecoder();
      return '';
    },
    end: () => (isOpen ? settle() : '') + decoder.end(),
  };
}

/** Length of a text in the units by which a loss is reported in addition to tokens, such as bits per character. */
export interface TextUnits {
  /** Number of code points. */
  readonly character: number;
  /** Number of bytes in UTF-8. */
  readonly byte: number;
  /** Number of words, which white space separates. */
  readonly word: number;
}

/** Counts the characters, bytes and words of a text. */
export function countUnits(text: string): TextUnits {
  let [character, byte, word] = [0, 0, 0];
  let inWord = false;
  for (const each of text) {
    const code = each.codePointAt(0) ?? 0;
    character++;
    byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    const blank = isWhiteSpace(each, code);
    if (!blank && !inWord) word++;
    inWord = !blank;
  }
  return { character, byte, word };
}

function isWhiteSpace(character: string, code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return /^\p{White_Space}$/u.test(character);
}
