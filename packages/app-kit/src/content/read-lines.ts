import { readContent } from './read-content.js';

/**
 * The lines of a file in UTF-8, or of standard input; the end of the last one may be missing.
 *
 * @throws Error that names the file when it cannot be read, or is no text.
 */
export async function readLines(path: string, stdin: AsyncIterable<Uint8Array>): Promise<string[]> {
  const content = await readContent(path, stdin);
  try {
    const lines = new TextDecoder('utf-8', { fatal: true }).decode(content).split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines;
  } catch (error) {
    throw new Error(`${path}: expected UTF-8 text, got other bytes`, { cause: error });
  }
}
