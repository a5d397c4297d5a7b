import { UsageError } from '../verb/exit-errors.js';

/**
 * Parses token ids.
 *
 * @param name - What they are, for the error message.
 * @throws UsageError when one is not an id of the vocabulary.
 */
export function parseIds(name: string, words: readonly string[], vocabSize: number): number[] {
  return words.map((word) => {
    const id = /^\d+$/.test(word) ? Number(word) : NaN;
    if (id < vocabSize) return id;
    throw new UsageError(`${name}: expected ids from 0 to ${vocabSize - 1}, got ${word}`);
  });
}
