import { assembleTokenizer, type EncodeText } from './assemble-tokenizer.js';
import { characterFiles } from './hugging-face-files.js';
import { numberSpecialTokens } from './special-tokens.js';
import { type SpecialTokenOptions, type Tokenizer } from './tokenizer.js';
import { UnknownCharacterError } from './unknown-character-error.js';
import { writeSettings } from './write-settings.js';

/** What becomes of a character that the vocabulary lacks: it is refused, or read as U+FFFD. */
export type UnknownCharacters = 'error' | 'replace';

export interface CharacterOptions extends SpecialTokenOptions {
  /** What to do with an unknown character; with `replace`, U+FFFD is always in the vocabulary. */
  readonly unknown?: UnknownCharacters;
}

/** The code point of a character that stands where there is none or an unknown one. */
export const REPLACEMENT = 0xfffd;

/**
 * Makes a tokenizer whose ids are characters in the given order, special tokens after them.
 *
 * @param codePoints - Each once, no surrogates; with `unknown: 'replace'` U+FFFD among them.
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

/** The character at an index. A lone surrogate is none and reads as U+FFFD. */
export function codePointAt(text: string, index: number): number {
  const codePoint = text.codePointAt(index) ?? REPLACEMENT;
  return codePoint >= 0xd800 && codePoint < 0xe000 ? REPLACEMENT : codePoint;
}

/** Whether there are characters at all, each once and in the order of their code points. */
export function isAscending(codePoints: readonly number[]): boolean {
  return (
    codePoints.length > 0 &&
    codePoints.every((codePoint, at) => at === 0 || codePoints[at - 1] < codePoint)
  );
}
