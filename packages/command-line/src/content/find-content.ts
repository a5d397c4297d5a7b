import { existsSync, statSync } from 'node:fs';

import { readContent } from './read-content.js';

/** The content that a word names, and where it was found. */
export interface FoundContent {
  readonly content: Uint8Array;
  /** Name of the file for error messages; absent where the word is the content. */
  readonly place?: string;
}

/**
 * Finds the content that a word of the command line names: standard input for `-`, a file of that
 * name if there is one, otherwise the word itself.
 *
 * @param extensions - A word that ends in one of them is a file's name, so that one that is misspelled
 *   is not taken for the content.
 * @throws Error when such a file is not there or cannot be read.
 */
export async function findContent(
  word: string,
  extensions: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): Promise<FoundContent> {
  if (word === '-') return { content: await readContent(word, stdin), place: 'standard input' };
  const isThere = existsSync(word);
  const isFile =
    (isThere && !statSync(word).isDirectory()) ||
    extensions.some((extension) => word.toLowerCase().endsWith(extension));
  if (isFile) return { content: await readContent(word, stdin), place: word };
  return { content: new TextEncoder().encode(word), ...(isThere && { place: word }) };
}
