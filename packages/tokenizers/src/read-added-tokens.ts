import type { AddedToken } from './added-tokens.js';
import type { JsonField } from './json-field.js';
import { endOfTextToken, isSpecialName } from './special-tokens.js';

/** An entry of `added_tokens`; the caller, who knows the number of ids, checks the id. */
export interface AddedTokenEntry extends Omit<AddedToken, 'id'> {
  readonly field: JsonField;
}

/**
 * The entries of a tokenizer.json's `added_tokens` by their content, `<|endoftext|>` among them.
 *
 * @throws RangeError that names the field which is not as it should be.
 */
export function readAddedTokens(list: JsonField): ReadonlyMap<string, AddedTokenEntry> {
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
  if (entries.get(endOfTextToken)?.isSpecial !== true) {
    throw list.error(`a list that contains ${endOfTextToken}`);
  }
  // Without a normalizer it only says which are looked for first: nothing, where all are the same.
  const kinds = new Set(Array.from(entries.values(), ({ isNormalized }) => isNormalized));
  if (kinds.size === 1) {
    for (const [content, entry] of entries) entries.set(content, { ...entry, isNormalized: false });
  }
  return entries;
}

/** Whether an entry is a special token without any of the options. */
export function isPlainSpecial(entry: Omit<AddedToken, 'id'>): boolean {
  const { isSpecial, isNormalized, stripsLeft, stripsRight, isSingleWord } = entry;
  return isSpecial && !isNormalized && !stripsLeft && !stripsRight && !isSingleWord;
}
