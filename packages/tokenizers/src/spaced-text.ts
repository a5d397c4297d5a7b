import type { Tokenizer } from './tokenizer.js';

/** Encodes whole texts, and decodes what a model says. */
export interface SpacedText {
  readonly encode: (text: string) => Int32Array;
  /** Decodes ids without special tokens, which are not part of a text. */
  readonly decode: (tokens: readonly number[]) => string;
}

/**
 * Texts with a space in front, which decoding takes away again: a word is the same token at the
 * beginning of a text and within it.
 *
 * @see Kudo and Richardson 2018, section 3.2, https://arxiv.org/abs/1808.06226
 */
export function spacedText(tokenizer: Tokenizer): SpacedText {
  const reserved = new Set(tokenizer.specialTokens.values());
  return {
    encode: (text) => tokenizer.encode(` ${text}`, { continues: true }),
    decode: (tokens) => {
      const words = tokens.filter((token) => !reserved.has(token));
      const text = tokenizer.decode(words, { continues: true });
      return text.startsWith(' ') ? text.slice(1) : text;
    },
  };
}
