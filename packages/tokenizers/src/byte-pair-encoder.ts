import { type EncodeText } from './assemble-tokenizer.js';
import { mergeBytes } from './merge-bytes.js';
import { type MergeTable } from './merge-table.js';
import { wordCache } from './word-cache.js';
import { wordEnd } from './word-end.js';

/** Encodes text by GPT-2's scheme: cut into words, each word as UTF-8, its bytes merged. */
export function bytePairEncoder(table: MergeTable): EncodeText {
  const encoder = new TextEncoder();
  const idsOfWord = wordCache((word) => mergeBytes(encoder.encode(word), table));
  return (text, from, to, ids) => {
    for (let start = from, end = from; start < to; start = end) {
      end = wordEnd(text, start, to);
      const word = idsOfWord(text.slice(start, end));
      for (let index = 0; index < word.length; index++) ids.push(word[index]);
    }
  };
}
