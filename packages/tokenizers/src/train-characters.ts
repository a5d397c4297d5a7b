import {
  characterTokenizer,
  codePointAt,
  REPLACEMENT,
  type CharacterOptions,
} from './character-tokenizer.js';
import { type Texts, type Tokenizer } from './tokenizer.js';

/**
 * The characters of a training text (code points, not UTF-16 units) in ascending order, each its
 * own id; after them the special tokens. These are nanoGPT's ids, and `<|endoftext|>`.
 *
 * A character that is not in the vocabulary makes `encode` throw a RangeError with its code point
 * and place, or becomes U+FFFD with `unknown: 'replace'`.
 *
 * @param texts - One text, or the parts of one as they come.
 * @throws RangeError when there is no text, or a special token's name is empty or comes twice.
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
