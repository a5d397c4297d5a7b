import { contentFinder } from './content-finder.js';
import type { JsonField } from './json-field.js';
import { endOfTextToken, isSpecialName } from './tokenizer.js';
import { WorkBudget } from './work-budget.js';

/**
 * A token that is searched for in a text before pre-tokenization: a special token, or an ordinary one added
 * to a finished vocabulary. The fields correspond to Hugging Face's `AddedToken`.
 */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Whether the token is found only if the caller allows special tokens. */
  readonly isSpecial: boolean;
  /**
   * Whether the token is searched for in the normalized text. Tokens with this option are searched for after all
   * others, in the text between the matches of the others.
   */
  readonly isNormalized: boolean;
  /** Whether white space before the token is part of its match. */
  readonly stripsLeft: boolean;
  /** Whether white space after the token is part of its match. */
  readonly stripsRight: boolean;
  /** Whether the token is found only if no letter, digit or underscore is next to it. */
  readonly isSingleWord: boolean;
}

/** Makes a special token without any of Hugging Face's options (`normalized`, `lstrip`, `rstrip`, `single_word`). */
export function plainSpecialToken(content: string, id: number): AddedToken {
  const options = { isNormalized: false, stripsLeft: false, stripsRight: false };
  return { id, content, isSpecial: true, ...options, isSingleWord: false };
}

/** An added token that was found in a text, and the range of its match in UTF-16 units; `to` is exclusive. */
interface AddedTokenMatch {
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Finds added tokens in a text, in order.
 *
 * @param allowSpecial - Whether special tokens are found; otherwise their names are skipped, and no other
 *   token is found inside them.
 */
export type FindAddedTokens = (
  text: string,
  allowSpecial: boolean,
  budget?: WorkBudget,
) => readonly AddedTokenMatch[];

/**
 * Prepares a search for added tokens as Hugging Face tokenizers does. The leftmost match comes first; if several begin
 * at one position, the longest. Tokens without `isNormalized` are searched first, then the other tokens in the text
 * between their matches.
 */
export function addedTokenFinder(tokens: readonly AddedToken[]): FindAddedTokens {
  const rounds = [false, true]
    .map((isNormalized) => tokens.filter((token) => token.isNormalized === isNormalized))
    .filter((round) => round.length > 0)
    .map(roundFinder);
  const hasOrdinary = tokens.some(({ isSpecial }) => !isSpecial);
  return (text, allowSpecial, budget = new WorkBudget(text.length)) => {
    let found: readonly AddedTokenMatch[] = [];
    if (!allowSpecial && !hasOrdinary) return found;
    for (const find of rounds) {
      const starts = [0, ...found.map(({ to }) => to)];
      const ends = [...found.map(({ from }) => from), text.length];
      const before = found;
      // The text between two tokens is searched as a separate text, without its context.
      found = starts.flatMap((start, i) => [
        ...find(text.slice(start, ends[i]), start, { allowSpecial, budget }),
        ...before.slice(i, i + 1),
      ]);
    }
    return found;
  };
}

type FindRound = (
  text: string,
  offset: number,
  options: { readonly allowSpecial: boolean; readonly budget: WorkBudget },
) => AddedTokenMatch[];

function roundFinder(tokens: readonly AddedToken[]): FindRound {
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  const findContents = contentFinder([...byContent.keys()]);
  return (text, offset, { allowSpecial, budget }) => {
    const matches: AddedTokenMatch[] = [];
    let free = 0;
    for (const { content, index } of findContents(text, budget)) {
      const token = byContent.get(content);
      if (token === undefined || (token.isSpecial && !allowSpecial)) continue;
      let [from, to] = [index, index + content.length];
      if (token.isSingleWord && isInWord(text, from, to)) continue;
      if (token.stripsLeft) {
        while (from > free && SPACE.test(text[from - 1])) from--;
        from = Math.max(from, free);
      }
      if (token.stripsRight) while (to < text.length && SPACE.test(text[to])) to++;
      matches.push({ id: token.id, from: offset + from, to: offset + to });
      free = to;
    }
    return matches;
  };
}

/** Matches a white space character, which is always a single UTF-16 unit. */
const SPACE = /\p{White_Space}/u;
const WORD_AT_START = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const WORD_AT_END = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;

/** Whether a letter, digit or underscore is next to a part of a text. */
function isInWord(text: string, from: number, to: number): boolean {
  return (
    WORD_AT_END.test(text.slice(Math.max(0, from - 2), from)) ||
    WORD_AT_START.test(text.slice(to, to + 2))
  );
}

/**
 * An entry of `added_tokens` in a tokenizer.json. Its id is not checked yet, because the caller knows the number of
 * ids.
 */
export interface AddedTokenEntry extends Omit<AddedToken, 'id'> {
  readonly field: JsonField;
}

/**
 * Checks that `<|endoftext|>` is a special token.
 *
 * @throws RangeError that names the list, if it is not.
 */
export function checkEndOfText(list: JsonField): void {
  const isEnd = (field: JsonField): boolean =>
    field.field('content').value === endOfTextToken && field.field('special').value === true;
  if (!list.items().some(isEnd)) throw list.error(`a list that contains ${endOfTextToken}`);
}

/**
 * Reads the added tokens of a tokenizer.json that has no normalizer, by their content.
 *
 * @throws RangeError that names the field that is malformed.
 */
export function readPlainAddedTokens(list: JsonField): ReadonlyMap<string, AddedTokenEntry> {
  const entries = readAddedTokens(list);
  // Without a normalizer, isNormalized only determines which tokens are searched first, so it has no effect
  // if all values are equal.
  const kinds = new Set(Array.from(entries.values(), ({ isNormalized }) => isNormalized));
  if (kinds.size > 1) return entries;
  return new Map(
    Array.from(entries, ([content, entry]) => [content, { ...entry, isNormalized: false }]),
  );
}

/**
 * Reads the entries of `added_tokens` by their content.
 *
 * @throws RangeError that names the field that is malformed.
 */
export function readAddedTokens(list: JsonField): ReadonlyMap<string, AddedTokenEntry> {
  const entries = new Map<string, AddedTokenEntry>();
  for (const field of addedFields(list)) {
    const content = field.field('content').string();
    if (!isSpecialName(content) || entries.has(content)) {
      throw field.field('content').error('a name that no other token has');
    }
    const isSpecial = field.field('special').oneOf(true, false);
    entries.set(content, {
      field,
      content,
      isSpecial,
      isNormalized: field.flag('normalized', !isSpecial),
      stripsLeft: field.flag('lstrip', false),
      stripsRight: field.flag('rstrip', false),
      isSingleWord: field.flag('single_word', false),
    });
  }
  return entries;
}

/**
 * Maximum number of added tokens: twice the number in speech models, which add audio codes to text tokens.
 */
const MAX_ADDED_TOKENS = 2 ** 17;

/**
 * Returns the entries of `added_tokens` in a tokenizer.json, unchecked.
 *
 * @throws RangeError that names the list, if it is too long.
 */
export function addedFields(list: JsonField): JsonField[] {
  return list.items(MAX_ADDED_TOKENS, 'tokens');
}

/**
 * Reads the names of special tokens.
 *
 * @throws RangeError that names the entry that is no valid name, or repeats a name.
 */
export function readNames(list: JsonField): string[] {
  const names = new Set<string>();
  for (const item of list.items()) {
    const name = item.string();
    if (!isSpecialName(name) || names.has(name)) throw item.error('a name that no other token has');
    names.add(name);
  }
  return [...names];
}

/**
 * Whether an entry is a special token without any of Hugging Face's options (`normalized`, `lstrip`, `rstrip`,
 * `single_word`).
 */
export function isPlainSpecial(entry: Omit<AddedToken, 'id'>): boolean {
  const { isSpecial, isNormalized, stripsLeft, stripsRight, isSingleWord } = entry;
  return isSpecial && !isNormalized && !stripsLeft && !stripsRight && !isSingleWord;
}
