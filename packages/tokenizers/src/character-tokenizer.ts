import { assembleTokenizer, type EncodeText } from './assemble-tokenizer.js';
import {
  numberSpecialTokens,
  type SpecialTokenOptions,
  type Texts,
  type Tokenizer,
  writeSettings,
} from './tokenizer.js';
import { characterFiles } from './write-hugging-face.js';

/** Treatment of a character that the vocabulary lacks: an error, or U+FFFD in its place. */
export type UnknownCharacters = 'error' | 'replace';

export interface CharacterOptions extends SpecialTokenOptions {
  /** Treatment of unknown characters, `error` by default; with `replace`, U+FFFD is always in the vocabulary. */
  readonly unknown?: UnknownCharacters;
}

/** Code point that replaces a missing or unknown character. */
export const REPLACEMENT = 0xfffd;

/**
 * Makes a tokenizer whose ids are characters in the given order, special tokens after them.
 *
 * @param codePoints - Distinct code points without surrogates; with `unknown: 'replace'`, they include
 *   U+FFFD.
 */
export function characterTokenizer(
  codePoints: readonly number[],
  { unknown = 'error', specialTokens = [] }: CharacterOptions,
): Tokenizer {
  const specials = numberSpecialTokens(specialTokens, codePoints.length);
  const idOf = new Map(codePoints.map((codePoint, id) => [codePoint, id]));
  const unknownId = unknown === 'replace' ? idOf.get(REPLACEMENT) : undefined;
  const characters = codePoints.map((codePoint) => String.fromCodePoint(codePoint));
  const encoder = new TextEncoder();

  const encodeText: EncodeText = (text, from, to, ids) => {
    for (let at = from; at < to; at++) {
      const codePoint = codePointAt(text, at);
      const id = idOf.get(codePoint) ?? unknownId;
      if (id === undefined) throw new UnknownCharacterError(text, at, characters.length);
      ids.push(id);
      if (codePoint > 0xffff) at++; // two UTF-16 units
    }
  };
  return assembleTokenizer({
    kind: 'characters',
    tokens: characters.map((character) => encoder.encode(character)),
    specialTokens: specials,
    encodeText,
    write: () =>
      writeSettings('characters', specials, { unknown, characters: characters.join('') }),
    extend: (more) => characterTokenizer(codePoints, { unknown, specialTokens: [...more.keys()] }),
    toHuggingFace: (contextLength) =>
      characterFiles({ characters, specialTokens: specials, unknown }, contextLength),
  });
}

/** Returns the code point at an index of a text; U+FFFD for a lone surrogate. */
export function codePointAt(text: string, index: number): number {
  const codePoint = text.codePointAt(index) ?? REPLACEMENT;
  return codePoint >= 0xd800 && codePoint < 0xe000 ? REPLACEMENT : codePoint;
}

/** Whether the list is not empty and strictly ascending. */
export function isAscending(codePoints: readonly number[]): boolean {
  return (
    codePoints.length > 0 &&
    codePoints.every((codePoint, at) => at === 0 || codePoints[at - 1] < codePoint)
  );
}

/**
 * Makes a tokenizer with an id for each character of a training text (code points, not UTF-16 units), in
 * ascending order, and special tokens after them. The ids equal nanoGPT's, plus `<|endoftext|>`.
 *
 * A character that is not in the vocabulary makes `encode` throw a RangeError with its code point and
 * position, or becomes U+FFFD with `unknown: 'replace'`.
 *
 * @param texts - One text, or its parts in order.
 * @throws RangeError if the text is empty, or a special token's name is empty or occurs twice.
 */
export async function trainCharacters(
  texts: Texts,
  options: CharacterOptions = {},
): Promise<Tokenizer> {
  const seen = new Set<number>();
  for await (const text of typeof texts === 'string' ? [texts] : texts) {
    for (const character of text) seen.add(codePointAt(character, 0));
  }
  if (seen.size === 0) throw new RangeError('texts: expected some text, got none');
  if (options.unknown === 'replace') seen.add(REPLACEMENT);
  return characterTokenizer(
    [...seen].sort((a, b) => a - b),
    options,
  );
}

/** The file and position that a text comes from. */
export interface TextOrigin {
  /** Name of the file. */
  readonly name: string;
  /** Number of lines of the file before the text. If it is absent, errors name the file without a line. */
  readonly linesBefore?: number;
}

/** Thrown for a character that the vocabulary of a character tokenizer lacks. */
export class UnknownCharacterError extends RangeError {
  override readonly name = 'UnknownCharacterError';
  readonly #text: string;
  readonly #offset: number;
  readonly #known: number;

  /**
   * Creates the error of a character at an offset of a text.
   *
   * @param text - Text that contains the character at `offset`.
   * @param known - Number of characters of the vocabulary.
   * @param origin - File and position that the text was read from.
   */
  constructor(text: string, offset: number, known: number, origin?: TextOrigin) {
    super(describe(text, offset, known, origin));
    this.#text = text;
    this.#offset = offset;
    this.#known = known;
  }

  /** Returns the same error, with the text's file and line in its message. */
  from(origin: TextOrigin): UnknownCharacterError {
    return new UnknownCharacterError(this.#text, this.#offset, this.#known, origin);
  }
}

function describe(text: string, offset: number, known: number, origin?: TextOrigin): string {
  const codePoint = text.codePointAt(offset) ?? 0xfffd;
  const hex = codePoint.toString(16).toUpperCase().padStart(4, '0');
  const before = text.slice(0, offset).split('\n');
  const column = Array.from(before[before.length - 1]).length + 1;
  const placeOf = (lines: number): string => `${lines + before.length}:${column}`;
  const isInFile = origin?.linesBefore !== undefined;
  const subject = isInFile ? `${origin.name}:${placeOf(origin.linesBefore)}` : origin?.name;
  return (
    `${subject ?? 'text'}: expected the ${known} characters of the vocabulary, ` +
    `got ${JSON.stringify(String.fromCodePoint(codePoint))} (U+${hex})` +
    (isInFile ? '' : ` at offset ${offset} (${placeOf(0)})`) +
    '. A character model knows only the characters that it was trained on: train one with the tokenizer bpe or ' +
    'bytes, which read any text, or with --unknown replace.'
  );
}
