import { type EncodeText } from './assemble-tokenizer.js';
import { mergeBytes } from './merge-bytes.js';
import { type MergeTable } from './merge-table.js';
import { wordEnd } from './word-end.js';

/** Encodes text by GPT-2's scheme: cut into words, each word as UTF-8, its bytes merged. */
export function bytePairEncoder(table: MergeTable): EncodeText {
  const idsOfWord = wordCache((bytes) => mergeBytes(bytes, table));
  return (text, from, to, ids) => {
    for (let start = from, end = from; start < to; start = end) {
      end = wordEnd(text, start, to);
      const word = idsOfWord(text.slice(start, end));
      for (let index = 0; index < word.length; index++) ids.push(word[index]);
    }
  };
}

/** Real text repeats a few ten thousand words; the cache starts anew when it holds this many. */
const MAX_CACHED_WORDS = 2 ** 16;
/** Longer words hardly come twice. */
const MAX_CACHED_LENGTH = 64;

function wordCache(
  encodeBytes: (bytes: Uint8Array) => readonly number[],
): (word: string) => readonly number[] {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const cache = new Map<string, readonly number[]>();
  return (word) => {
    const cached = cache.get(word);
    if (cached !== undefined) return cached;
    const bytes = encoder.encode(word);
    const ids = encodeBytes(bytes);
    if (word.length <= MAX_CACHED_LENGTH) {
      if (cache.size === MAX_CACHED_WORDS) cache.clear();
      cache.set(decoder.decode(bytes), ids); // not `word`: see detach
    }
    return ids;
  };
}
