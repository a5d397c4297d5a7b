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
  /** Name -> id of the tokens that no text can produce; the end of a document is among them. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** Ids that a model expects before a text that begins, `<s>`; most have none. `encode` leaves them out. */
  readonly beginning: readonly number[];
  /** Ids that a model expects after a whole text; models that continue texts have none. */
  readonly ending: readonly number[];
  /**
   * The ids of a text. A lone surrogate is no character: it is read as U+FFFD.
   *
   * @param options - With `allowSpecial`, the names of special tokens in the text become their ids
   *   (on overlap the longest name wins); without it they are text like any other.
   */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /**
   * The text of ids, special tokens as their names. Bytes that are no UTF-8 become U+FFFD, as in
   * the WHATWG Encoding Standard; a leading U+FEFF stays.
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
  /** Decodes ids that arrive one at a time. */
  streamDecoder(options?: ContinuationOptions): StreamDecoder;
  /**
   * Makes this tokenizer with more special tokens: those that it lacks get ids after all others, so that
   * its model needs more rows and keeps the rows it has.
   *
   * @throws RangeError if a name is empty, has a lone surrogate or is spelled by a token.
   */
  withSpecialTokens(names: readonly string[]): Tokenizer;
  /** File name -> text, what {@link loadTokenizer} reads; equal tokenizers write equal text. */
  save(): Readonly<Record<string, string>>;
  /**
   * The files with which Hugging Face's transformers makes a tokenizer of the same ids: `tokenizer.json`,
   * `tokenizer_config.json`, and for byte pairs `vocab.json` and `merges.txt`. There the names of special
   * tokens in a text always become their ids.
   *
   * @param contextLength - The most tokens that the model takes.
   */
  toHuggingFace(contextLength: number): Readonly<Record<string, string>>;
}

export type TokenizerKind = 'bytes' | 'characters' | 'gpt2' | 'bpe' | 'pipeline';

export interface ContinuationOptions {
  /**
   * Whether the text continues another one. SentencePiece's vocabularies put a space before a text
   * and remove it again from what they decode; neither happens in the middle of a text.
   */
  readonly continues?: boolean;
}

export interface EncodeOptions extends ContinuationOptions {
  readonly allowSpecial?: boolean;
}

/**
 * A decoder of ids that arrive one by one: everything that `push` and `end` return, joined, is
 * `decode` of the same ids.
 */
export interface StreamDecoder {
  /** Number of earlier ids that what an id adds depends on; any number unless given. */
  readonly reach?: number;
  /**
   * Takes the next id.
   *
   * @returns the characters that it completes, `''` while one is still missing bytes.
   * @throws RangeError if the id is not in the vocabulary.
   */
  push(id: number): string;
  /**
   * Ends the text: no id follows. @returns U+FFFD for a character that stayed incomplete, else
   * `''`.
   */
  end(): string;
}

/** Training data of a tokenizer: a text, or several, at once or as they are read. */
export type Texts = string | Iterable<string> | AsyncIterable<string>;

/** Options of every function that makes a tokenizer. */
export interface SpecialTokenOptions {
  /** Names to reserve an id for, such as `<2fr>`; `<|endoftext|>` is reserved in any case. */
  readonly specialTokens?: readonly string[];
}

/** Ends a document, and starts one that has no prompt. */
export const endOfTextToken = '<|endoftext|>';

/** Tokens that no text can produce: name -> id. They have no spelling. */
export type SpecialTokens = ReadonlyMap<string, number>;

/**
 * Numbers special tokens from `firstId` in the given order; `<|endoftext|>` comes first unless it is among
 * them.
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
 * Some special tokens and those that are missing among them, numbered from `firstId`.
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

/** A name that a token of the text has: its id would be two tokens'. */
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

/** Whether a name can stand for a special token: some text, without lone surrogates. */
export function isSpecialName(name: string): boolean {
  return name !== '' && detach(name) === name;
}

/** Far above any vocabulary in use; below it, arithmetic with pairs of ids is exact. */
export const MAX_VOCAB_SIZE = 2 ** 20;

/** The tokenizer.json of the kinds that Hugging Face has no form for. */
export function writeSettings(
  kind: TokenizerKind,
  specials: SpecialTokens,
  settings: Readonly<Record<string, string>>,
): string {
  return JSON.stringify({ kind, ...settings, specialTokens: [...specials.keys()] }, null, 2) + '\n';
}
