import { fileLines } from '@ramble/core';

import { readContent } from './read-content.js';

/**
 * The lines of a file in UTF-8, or of standard input; the end of the last one may be missing.
 *
 * @throws Error that names the file when it cannot be read, and the place of a byte that is no text.
 */
export async function readLines(path: string, stdin: AsyncIterable<Uint8Array>): Promise<string[]> {
  const content = await readContent(path, stdin);
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(content);
  };
  const lines: string[] = [];
  for await (const line of fileLines({ name: path, chunks })) lines.push(line);
  return lines;
}
