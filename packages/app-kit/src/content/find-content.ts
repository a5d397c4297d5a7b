import { existsSync, statSync } from 'node:fs';

import { readContent } from './read-content.js';

/**
 * What a word of the command line stands for: standard input for `-`, a file of that name if there
 * is one, else itself.
 *
 * @param extensions - A word that ends in one of them is a file's name, so that one that is misspelled
 *   is not taken for the content.
 * @throws Error when such a file is not there or cannot be read.
 */
export async function findContent(
  word: string,
  extensions: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  const isFile =
    word === '-' ||
    (existsSync(word) && !statSync(word).isDirectory()) ||
    extensions.some((extension) => word.toLowerCase().endsWith(extension));
  return isFile ? readContent(word, stdin) : new TextEncoder().encode(word);
}
