import { readBytes } from '@ramble/files';

import { findTextFiles } from './find-text-files.js';
import { readText, type DocumentOptions } from './read-text.js';
import type { TextPiece } from './text-piece.js';

export interface ReadOptions extends DocumentOptions {
  /** What the path `-` reads. */
  readonly standardInput?: AsyncIterable<Uint8Array>;
}

/**
 * Reads text files as documents, as `readText` does; a folder gives every `.txt` file below it, `-`
 * is standard input as plain text.
 *
 * @throws Error that names the file, and where in it, when a path gives no text at all.
 */
export async function* readDocuments(
  paths: readonly string[],
  { standardInput = process.stdin, ...options }: ReadOptions = {},
): AsyncGenerator<TextPiece> {
  for (const path of paths) {
    let hasText = false;
    for await (const piece of readPath(path, standardInput, options)) {
      hasText = true;
      yield piece;
    }
    if (!hasText) throw new Error(`${nameOf(path)}: expected text, got none`);
  }
}

async function* readPath(
  path: string,
  standardInput: AsyncIterable<Uint8Array>,
  options: DocumentOptions,
): AsyncGenerator<TextPiece> {
  if (path === '-') {
    yield* readText({ name: nameOf(path), chunks: () => standardInput }, options);
    return;
  }
  for (const file of await findTextFiles(path)) {
    yield* readText({ name: file, chunks: () => readBytes(file) }, options);
  }
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}
