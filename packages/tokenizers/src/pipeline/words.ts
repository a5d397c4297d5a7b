import type { WorkBudget } from '../work-budget.js';
import type { FindMatches, Span } from './linear-pattern.js';

/**
 * Treatment of the parts of a text that a pattern matches: they become words, are dropped, or are joined to the word
 * before them, to the word after them, or to neighbouring matches.
 */
type SplitBehavior = (typeof splitBehaviors)[number];

/** The names of Hugging Face's `SplitDelimiterBehavior`. */
export const splitBehaviors = [
  'Isolated',
  'Removed',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] as const;

export interface SplitOptions {
  readonly behavior: SplitBehavior;
  /** Whether the pattern matches words, and the text between them is the delimiter. */
  readonly invert?: boolean;
}

interface Part extends Span {
  readonly isMatch: boolean;
}

/**
 * Splits a text into words by a pattern, as Hugging Face's tokenizers do; no word is empty.
 *
 * @throws RangeError for a word of millions of characters, which JavaScript's expressions cannot process, or
 *   if a search takes too long.
 */
export function splitText(
  text: string,
  find: FindMatches,
  { behavior, invert = false }: SplitOptions,
  budget: WorkBudget,
): string[] {
  const words: string[] = [];
  let from = 0; // of the word that is still open
  let before: Part | undefined;
  const close = (at: number): void => {
    if (at > from) words.push(text.slice(from, at));
    from = at;
  };
  for (const part of partsOf(text, find(text, budget), invert)) {
    if (before && !isJoined(before, part, behavior)) close(part.from);
    if (part.isMatch && behavior === 'Removed') from = part.to;
    before = part;
  }
  close(text.length);
  return words;
}

/** Whether two neighbouring parts belong to one word. */
function isJoined(before: Part, part: Part, behavior: SplitBehavior): boolean {
  switch (behavior) {
    case 'Isolated':
    case 'Removed':
      return false;
    case 'MergedWithPrevious':
      return part.isMatch && !before.isMatch;
    case 'MergedWithNext':
      return before.isMatch && !part.isMatch;
    case 'Contiguous':
      return before.isMatch === part.isMatch;
  }
}

/**
 * Yields the matches and the text between them, in order. An empty match also splits, except right after
 * another match.
 */
function* partsOf(text: string, matches: Iterable<Span>, invert: boolean): Generator<Part> {
  let end = 0;
  for (const { from, to } of matches) {
    if (to === from && from === end) continue;
    if (from > end) yield { from: end, to: from, isMatch: invert };
    end = to;
    yield { from, to, isMatch: !invert };
  }
  if (end < text.length) yield { from: end, to: text.length, isMatch: invert };
}

/**
 * Encodes one word with the model of a tokenizer.json.
 *
 * @throws RangeError if a search for tokens takes too long.
 */
export type EncodeWord = (word: string, budget: WorkBudget) => readonly number[];

/** Treatment of a piece of a word that is not a token. */
export interface UnknownPieces {
  /** Id of the unknown token; `undefined` if unknown pieces are dropped. */
  readonly unknownId: number | undefined;
  /**
   * Whether a piece that is not a token is spelled in byte tokens such as `<0xE2>`, if the
   * vocabulary has all of them.
   */
  readonly hasByteFallback: boolean;
  /** Whether several unknown pieces in a row are one unknown token. */
  readonly isFused: boolean;
}

/** Returns a function that turns the pieces of a word into ids. */
export function pieceEncoder(
  vocab: ReadonlyMap<string, number>,
  { unknownId, hasByteFallback, isFused }: UnknownPieces,
): (pieces: Iterable<string>) => number[] {
  const encoder = new TextEncoder();
  const bytesOf = (piece: string): (number | undefined)[] =>
    Array.from(encoder.encode(piece), (byte) => vocab.get(spellFallbackByte(byte)));
  return (pieces) => {
    const ids: number[] = [];
    let isAfterUnknown = false;
    for (const piece of pieces) {
      const id = vocab.get(piece);
      if (id !== undefined) {
        ids.push(id);
        isAfterUnknown = false;
        continue;
      }
      const bytes = hasByteFallback ? bytesOf(piece) : [undefined];
      if (bytes.every((byte) => byte !== undefined)) {
        ids.push(...bytes);
        isAfterUnknown = false;
      } else if (unknownId !== undefined) {
        if (!(isFused && isAfterUnknown)) ids.push(unknownId);
        isAfterUnknown = true;
      }
    }
    return ids;
  };
}

function spellFallbackByte(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** SentencePiece's visible blank, U+2581. */
export const BLANK = '\u2581';

/** Splits a word into parts. Each part has the same ids alone as within the word. */
export type CutWord = (word: string) => string[];

/**
 * Makes a function that splits before each blank that no merge joins to the character before it. In Llama 2,
 * a whole text is one word; its parts repeat, so caching their ids helps.
 *
 * @param joined - Last UTF-16 units of tokens that a merge can join with a token that begins with a blank.
 */
export function blankCutter(joined: ReadonlySet<number>): CutWord {
  return (word) => {
    const parts: string[] = [];
    let from = 0;
    for (let at = word.indexOf(BLANK, 1); at !== -1; at = word.indexOf(BLANK, at + 1)) {
      if (joined.has(word.charCodeAt(at - 1))) continue;
      parts.push(word.slice(from, at));
      from = at;
    }
    if (from < word.length) parts.push(word.slice(from));
    return parts;
  };
}
