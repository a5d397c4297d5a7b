import { splitWords } from '../text/python-text.js';

const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/** Words for chrF++: one mark is cut from the end of each, or else from its beginning. */
export function chrfWords(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    const [first, last] = [word[0], word[word.length - 1]];
    if (word.length === 1) return word;
    if (PUNCTUATION.has(last)) return [word.slice(0, -1), last];
    if (PUNCTUATION.has(first)) return [first, word.slice(1)];
    return word;
  });
}
