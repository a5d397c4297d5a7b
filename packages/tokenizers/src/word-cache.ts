import { detach } from './detach.js';

/** Real text repeats a few ten thousand words; the cache starts anew when it holds this many. */
const MAX_CACHED_WORDS = 2 ** 16;
/** Longer words hardly come twice. */
const MAX_CACHED_LENGTH = 64;

/** Remembers the ids of words, which in real text come again and again. */
export function wordCache(
  encodeWord: (word: string) => readonly number[],
): (word: string) => readonly number[] {
  const cache = new Map<string, readonly number[]>();
  return (word) => {
    const cached = cache.get(word);
    if (cached !== undefined) return cached;
    const ids = encodeWord(word);
    if (word.length <= MAX_CACHED_LENGTH) {
      if (cache.size === MAX_CACHED_WORDS) cache.clear();
      cache.set(detach(word), ids);
    }
    return ids;
  };
}
