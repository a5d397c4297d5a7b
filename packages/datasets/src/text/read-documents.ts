import { openDataFiles } from '../files/open-data-files.js';
import { readText, type DocumentOptions } from './read-text.js';
import { TEXT_FIELDS } from './text-fields.js';
import type { TextPiece } from './text-piece.js';

export interface ReadOptions extends DocumentOptions {
  /** The stream that the path `-` reads. */
  readonly standardInput?: AsyncIterable<Uint8Array>;
}

/**
 * Reads files as documents, as `openDataFiles` finds them and `readText` reads them; a folder gives every
 * `.txt` file below it, `-` is standard input as plain text.
 *
 * @throws Error that names the file, and where in it, when a path gives no text at all.
 */
export async function* readDocuments(
  paths: readonly string[],
  { standardInput = process.stdin, ...options }: ReadOptions = {},
): AsyncGenerator<TextPiece> {
  for (const path of paths) {
    let hasText = false;
    const open = { extensions: ['.txt'], fields: TEXT_FIELDS, stdin: standardInput };
    for (const file of await openDataFiles([path], open)) {
      for await (const piece of readText(file, options)) {
        hasText = true;
        yield piece;
      }
    }
    if (hasText) continue;
    throw new Error(`${path === '-' ? 'standard input' : path}: expected text, got none`);
  }
}
