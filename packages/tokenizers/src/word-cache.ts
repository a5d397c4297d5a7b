import { detach } from './detach.js';

/** Real text repeats a few ten thousand words; the cache starts anew when it holds this many. */
const MAX_CACHED_WORDS = 2 ** 16;
/** Longer words hardly come twice. */
const MAX_CACHED_LENGTH = 64;

/** Remembers the ids of words, which in real text come again and again. */
export function wordCache<Context extends readonly unknown[]>(
  encodeWord: (word: string, ...context: Context) => readonly number[],
): (word: string, ...context: Context) => readonly number[] {
  const cache = new Map<string, readonly number[]>();
  return (word, ...context) => {
    const cached = cache.get(word);
    if (cached !== undefined) return cached;
    const ids = encodeWord(word, ...context);
    if (word.length <= MAX_CACHED_LENGTH) {
      if (cache.size === MAX_CACHED_WORDS) cache.clear();
      cache.set(detach(word), ids);
    }
    return ids;
  };
}
