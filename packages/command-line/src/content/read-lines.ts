import { fileLines } from '@ramble/core';
import { plainContent } from '@ramble/datasets';
import { readBytes } from '@ramble/node';

/**
 * The lines of a file in UTF-8, compressed or not, or of standard input; the end of the last one may be
 * missing.
 *
 * @throws Error that names the file when it cannot be read or is no text, and the place of a byte that is
 *   none.
 */
export async function readLines(path: string, stdin: AsyncIterable<Uint8Array>): Promise<string[]> {
  const bytes = (): AsyncIterable<Uint8Array> => (path === '-' ? stdin : readBytes(path));
  const file = { name: path, chunks: bytes };
  const lines: string[] = [];
  const chunks = (): AsyncIterable<Uint8Array> => plainContent(file, { extensions: [] });
  for await (const line of fileLines({ name: path, chunks })) lines.push(line);
  return lines;
}
