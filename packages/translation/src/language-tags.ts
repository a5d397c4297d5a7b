import { shownValue } from '@ramble/core/files';

import type { Tokenizer } from '@ramble/tokenizers';

const NAME = '[A-Za-z][A-Za-z\\d-]*';

/** The token that asks for a language: `<2fr>`. */
export function tagOf(language: string): string {
  return `<2${language}>`;
}

/** The languages that a tokenizer has a tag for, in alphabetical order. */
export function languagesOf({ specialTokens }: Pick<Tokenizer, 'specialTokens'>): string[] {
  const tag = new RegExp(`^<2(${NAME})>$`);
  const names = [...specialTokens.keys()].map((token) => tag.exec(token)?.[1]);
  return names.filter((name) => name !== undefined).sort();
}

/** What an error calls a field of an example: `pairs.jsonl line 3: to`. */
export function fieldOf(name: string, place?: string): string {
  return place === undefined ? name : `${place}: ${name}`;
}

/**
 * Refuses what is no language's name.
 *
 * @throws RangeError for anything but letters, digits and hyphens, a letter first.
 */
export function checkLanguage(name: string, language: string): void {
  if (new RegExp(`^${NAME}$`).test(language)) return;
  throw new RangeError(
    `${name}: expected a language such as fr or pt-br, got ${shownValue(language)}`,
  );
}
