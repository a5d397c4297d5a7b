import { detach } from './utf8.js';

/** A tokenizer: text to ids and back. */
export interface Tokenizer {
  readonly kind: TokenizerKind;
  /** Number of ids, `0` to `vocabSize - 1`, special tokens included. */
  readonly vocabSize: number;
  /**
   * Id of the token that ends a document, `<|endoftext|>` in tokenizers of this package. Every tokenizer
   * has one.
   */
  readonly endOfText: number;
  /** Ids by name of the special tokens, which ordinary text cannot produce; the end of a document is among them. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /**
   * Ids that a model expects at the beginning of a text, such as `<s>`; most models have none. `encode` does
   * not add them.
   */
  readonly beginning: readonly number[];
  /** Ids that a model expects after a whole text; generative models have none. */
  readonly ending: readonly number[];
  /**
   * Encodes a text. A lone surrogate is read as U+FFFD.
   *
   * @param options - With `allowSpecial`, the names of special tokens in the text become their ids (on
   *   overlap, the longest name wins). Otherwise they are ordinary text.
   */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /**
   * Decodes ids; special tokens become their names. Invalid UTF-8 becomes U+FFFD, as in the WHATWG Encoding
   * Standard; a leading U+FEFF is kept.
   *
   * @throws RangeError if an id is not in the vocabulary.
   */
  decode(ids: ArrayLike<number>, options?: ContinuationOptions): string;
  /**
   * Describes one token for people: `" the"`, `"\n"`, `<|endoftext|>`, and `0xE2 0x80` for bytes
   * that are only part of a character.
   *
   * @throws RangeError if the id is not in the vocabulary.
   */
  describe(id: number): string;
  /**
   * Returns the UTF-8 bytes that a token adds to a text before it; `undefined` for a special token, and for a token
   * whose text depends on the tokens around it.
   *
   * @throws RangeError if the id is not in the vocabulary.
   */
  bytes(id: number): Uint8Array | undefined;
  /** Decodes ids that arrive one at a time. */
  streamDecoder(options?: ContinuationOptions): StreamDecoder;
  /**
   * Makes a tokenizer with more special tokens. New tokens get ids after all others, so that a model keeps
   * its embedding rows and only needs more of them.
   *
   * @throws RangeError if a name is empty, has a lone surrogate or equals an ordinary token.
   */
  withSpecialTokens(names: readonly string[]): Tokenizer;
  /** Returns texts of files by name, for {@link loadTokenizer}. Equal tokenizers return equal texts. */
  save(): Readonly<Record<string, string>>;
  /**
   * Returns the files from which Hugging Face's transformers makes a tokenizer with the same ids:
   * `tokenizer.json`, `tokenizer_config.json`, and for byte pairs `vocab.json` and `merges.txt`. In
   * transformers, the names of special tokens in a text always become their ids.
   *
   * @param contextLength - Maximum number of tokens of the model's context.
   */
  toHuggingFace(contextLength: number): Readonly<Record<string, string>>;
}

/** The vocabulary of a tokenizer, in the form in which a text domain describes its vocabulary. */
export interface TokenizerVocabulary extends Pick<
  Tokenizer,
  'describe' | 'bytes' | 'specialTokens'
> {
  readonly size: number;
}

const vocabularies = new WeakMap<Tokenizer, TokenizerVocabulary>();

/** Returns the vocabulary of a tokenizer. It is the same object at each call, so that caches can use it as a key. */
export function vocabularyOf(tokenizer: Tokenizer): TokenizerVocabulary {
  let vocabulary = vocabularies.get(tokenizer);
  if (!vocabulary) {
    vocabulary = {
      size: tokenizer.vocabSize,
      describe: (id) => tokenizer.describe(id),
      bytes: (id) => tokenizer.bytes(id),
      specialTokens: tokenizer.specialTokens,
    };
    vocabularies.set(tokenizer, vocabulary);
  }
  return vocabulary;
}

export type TokenizerKind = 'bytes' | 'characters' | 'gpt2' | 'bpe' | 'pipeline';

export interface ContinuationOptions {
  /**
   * Whether the text continues another one. SentencePiece adds a space before a text and removes it when
   * decoding; neither happens in the middle of a text.
   */
  readonly continues?: boolean;
}

export interface EncodeOptions extends ContinuationOptions {
  readonly allowSpecial?: boolean;
}

/**
 * A decoder of ids that arrive one by one. The joined results of `push` and `end` equal `decode` of the same
 * ids.
 */
export interface StreamDecoder {
  /** Number of earlier ids on which the text of an id depends; unlimited if absent. */
  readonly reach?: number;
  /**
   * Decodes the next id.
   *
   * @returns the characters that it completes; `''` if a character still lacks bytes.
   * @throws RangeError if the id is not in the vocabulary.
   */
  push(id: number): string;
  /** Ends the text. @returns U+FFFD for an incomplete character, else `''`. */
  end(): string;
}

/** Training data of a tokenizer: one text, or several as an iterable. */
export type Texts = string | Iterable<string> | AsyncIterable<string>;

/** Options of every function that makes a tokenizer. */
export interface SpecialTokenOptions {
  /** Names of special tokens, such as `<2fr>`; `<|endoftext|>` is always added. */
  readonly specialTokens?: readonly string[];
}

/** Name of the token that ends a document, and starts an output without a prompt. */
export const endOfTextToken = '<|endoftext|>';

/** Tokens that no text can produce: name -> id. */
export type SpecialTokens = ReadonlyMap<string, number>;

/**
 * Assigns ids to special tokens from `firstId` in the given order; `<|endoftext|>` comes first unless it is
 * in the list.
 *
 * @throws RangeError if a name is empty, has a lone surrogate or occurs twice.
 */
export function numberSpecialTokens(names: readonly string[], firstId: number): SpecialTokens {
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw badName(repeated);
  const all = names.includes(endOfTextToken) ? names : [endOfTextToken, ...names];
  return addSpecialTokens(new Map(), all, firstId);
}

/**
 * Returns the given special tokens and, with ids from `firstId`, the missing names.
 *
 * @throws RangeError if a name is empty or has a lone surrogate.
 */
export function addSpecialTokens(
  specials: SpecialTokens,
  names: readonly string[],
  firstId: number,
): SpecialTokens {
  const all = new Map(specials);
  let id = firstId;
  for (const name of names) {
    if (!isSpecialName(name)) throw badName(name);
    if (!all.has(name)) all.set(name, id++);
  }
  return all;
}

/** Returns the entry of a list at an id. @throws RangeError if the id is out of range. */
export function atId<T>(tokens: readonly T[], id: number): T {
  const token = tokens[id] as T | undefined;
  if (token !== undefined) return token;
  throw new RangeError(`id: expected a whole number from 0 to ${tokens.length - 1}, got ${id}`);
}

/** Creates the error for the name of a special token that equals an ordinary token. */
export function spelledName(name: string): RangeError {
  return new RangeError(
    `specialTokens: expected names that are not ordinary tokens, got ${JSON.stringify(name)}`,
  );
}

function badName(name: string): RangeError {
  return new RangeError(
    `specialTokens: expected distinct, non-empty names without lone surrogates, got ${JSON.stringify(name)}`,
  );
}

/** Whether a name is valid for a special token: not empty, without lone surrogates. */
export function isSpecialName(name: string): boolean {
  return name !== '' && detach(name) === name;
}

/**
 * Maximum number of ids, far above any vocabulary in use. Below it, arithmetic with pairs of ids is exact.
 */
export const MAX_VOCAB_SIZE = 2 ** 20;

/**
 * Returns the text of a tokenizer.json in ramble's own format: the kind, the given settings and the names of the
 * special tokens.
 */
export function writeSettings(
  kind: TokenizerKind,
  specials: SpecialTokens,
  settings: Readonly<Record<string, string>>,
): string {
  return JSON.stringify({ kind, ...settings, specialTokens: [...specials.keys()] }, null, 2) + '\n';
}
