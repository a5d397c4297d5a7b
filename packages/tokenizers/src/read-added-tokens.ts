import type { AddedToken } from './added-tokens.js';
import type { JsonField } from './json-field.js';
import { endOfTextToken, isSpecialName } from './special-tokens.js';

/** An entry of `added_tokens`; the caller, who knows the number of ids, checks the id. */
export interface AddedTokenEntry extends Omit<AddedToken, 'id'> {
  readonly field: JsonField;
}

/**
 * Checks that `<|endoftext|>` is a special token.
 *
 * @throws RangeError that names the list, when it is not.
 */
export function checkEndOfText(list: JsonField): void {
  const isEnd = (field: JsonField): boolean =>
    field.field('content').value === endOfTextToken && field.field('special').value === true;
  if (!list.items().some(isEnd)) throw list.error(`a list that contains ${endOfTextToken}`);
}

/**
 * The entries of a tokenizer.json without a normalizer.
 *
 * @throws RangeError that names the field which is not as it should be.
 */
export function readPlainAddedTokens(list: JsonField): ReadonlyMap<string, AddedTokenEntry> {
  const entries = readAddedTokens(list);
  // Without a normalizer it only says which are looked for first: nothing, where all are the same.
  const kinds = new Set(Array.from(entries.values(), ({ isNormalized }) => isNormalized));
  if (kinds.size > 1) return entries;
  return new Map(
    Array.from(entries, ([content, entry]) => [content, { ...entry, isNormalized: false }]),
  );
}

/**
 * The entries of a tokenizer.json's `added_tokens` by their content.
 *
 * @throws RangeError that names the field which is not as it should be.
 */
export function readAddedTokens(list: JsonField): ReadonlyMap<string, AddedTokenEntry> {
  checkAddedTokens(list);
  const entries = new Map<string, AddedTokenEntry>();
  for (const field of list.items()) {
    const content = field.field('content').string();
    if (!isSpecialName(content) || entries.has(content)) {
      throw field.field('content').error('a name that no other token has');
    }
    const isSpecial = field.field('special').oneOf(true, false);
    const option = (name: string): boolean =>
      field.field(name).oneOf(true, false, undefined) ?? false;
    entries.set(content, {
      field,
      content,
      isSpecial,
      isNormalized: field.field('normalized').oneOf(true, false, undefined) ?? !isSpecial,
      stripsLeft: option('lstrip'),
      stripsRight: option('rstrip'),
      isSingleWord: option('single_word'),
    });
  }
  return entries;
}

/**
 * Checks the size of `added_tokens` before anything is made of them.
 *
 * @throws RangeError that names the field, when there are too many, or one is too long.
 */
export function checkAddedTokens(list: JsonField): void {
  if (Array.isArray(list.value) && list.value.length > MAX_ADDED_TOKENS) {
    throw list.error(`at most ${MAX_ADDED_TOKENS} tokens`);
  }
}

/** Twice as many as models of speech have, which add the codes of sounds to the tokens of a text. */
const MAX_ADDED_TOKENS = 2 ** 17;

/** Whether an entry is a special token without any of the options. */
export function isPlainSpecial(entry: Omit<AddedToken, 'id'>): boolean {
  const { isSpecial, isNormalized, stripsLeft, stripsRight, isSingleWord } = entry;
  return isSpecial && !isNormalized && !stripsLeft && !stripsRight && !isSingleWord;
}
