import { cutPieces } from './cut-pieces.js';
import { decodeUtf8 } from './decode-utf8.js';
import { findTextFiles, type TextFile } from './find-text-files.js';
import { jsonDocuments } from './json-documents.js';
import { readBytes } from '../read-bytes.js';
import { splitDocuments } from './split-documents.js';
import type { TextPiece } from './text-piece.js';

export interface ReadOptions {
  /** A line that separates documents in plain text, without its end; none by default. */
  readonly documentSeparator?: string;
  /** What the path `-` reads. */
  readonly standardInput?: AsyncIterable<Uint8Array>;
}

/**
 * Reads text as documents, in pieces of about a megabyte at constant memory (see `cutPieces` for
 * where a document is cut; a line of `.jsonl` is read whole).
 *
 * A plain file is a document, or several with `documentSeparator`; a folder gives every `.txt` file
 * below it; a `.jsonl` file gives the `text` of each line; `-` is standard input as plain text.
 * Text is strict UTF-8 and comes as it is, line ends too, but for a byte-order mark at the start.
 * Documents without text are passed over.
 *
 * @throws Error that names the file, and where in it, when a path gives no text at all.
 */
export async function* readDocuments(
  paths: readonly string[],
  { documentSeparator, standardInput = process.stdin }: ReadOptions = {},
): AsyncGenerator<TextPiece> {
  checkSeparator(documentSeparator);
  for (const path of paths) {
    let hasText = false;
    for await (const piece of readPath(path, documentSeparator, standardInput)) {
      hasText = true;
      yield piece;
    }
    if (!hasText) throw new Error(`${nameOf(path)}: expected text, got none`);
  }
}

/** @throws RangeError when a separator is more than a line. */
function checkSeparator(separator?: string): void {
  if (separator === undefined || !/[\r\n]/.test(separator)) return;
  throw new RangeError(`documentSeparator: expected one line, got ${JSON.stringify(separator)}`);
}

async function* readPath(
  path: string,
  separator: string | undefined,
  standardInput: AsyncIterable<Uint8Array>,
): AsyncGenerator<TextPiece> {
  if (path === '-') {
    const text = decodeUtf8(nameOf(path), standardInput);
    yield* cutPieces(splitDocuments(text, separator));
    return;
  }
  for (const file of await findTextFiles(path)) yield* cutPieces(readFile(file, separator));
}

function readFile({ path, format }: TextFile, separator?: string): AsyncIterable<TextPiece> {
  const text = decodeUtf8(path, readBytes(path));
  return format === 'jsonl' ? jsonDocuments(path, text) : splitDocuments(text, separator);
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}
