import type { DataFile } from './data-file.js';
import { decodeUtf8 } from './decode-utf8.js';
import { splitLines } from './split-lines.js';

/**
 * The lines of a file in strict UTF-8, without their ends, `\n` or `\r\n`; the end of the last one may
 * be missing.
 *
 * @throws Error that names the file and the place of a byte that is no text.
 */
export async function* fileLines({
  name,
  chunks,
}: Pick<DataFile, 'name' | 'chunks'>): AsyncGenerator<string> {
  let waiting: string | undefined;
  for await (const line of splitLines(decodeUtf8(name, chunks()))) {
    if (waiting !== undefined) yield waiting;
    waiting = line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (waiting) yield waiting; // behind the last line's end there is no line
}
