import type { DataFile } from '@ramble/core';
import { decodeUtf8 } from '@ramble/core/files';

import { cutPieces } from './cut-pieces.js';
import { jsonDocuments } from './json-documents.js';
import { splitDocuments } from './split-documents.js';
import { textFormat } from './text-format.js';
import type { TextPiece } from './text-piece.js';

export interface DocumentOptions {
  /** A line that separates documents in plain text, without its end; none by default. */
  readonly documentSeparator?: string;
}

/**
 * Reads one file as documents, in pieces of about 2^18 characters, at constant memory (see
 * `cutPieces` for where a document is cut; a line of `.jsonl` is read whole).
 *
 * A file whose name ends in `.jsonl` gives the `text` of each line, any other is a document, or
 * several with `documentSeparator`. Text is strict UTF-8 and comes as it is, line ends too, but for a
 * byte-order mark at the start. Documents without text are passed over.
 *
 * @throws Error that names the file, and where in it; RangeError when the separator is more than a
 *   line.
 */
export async function* readText(
  file: Omit<DataFile, 'sizeBytes'>,
  { documentSeparator }: DocumentOptions = {},
): AsyncGenerator<TextPiece> {
  checkSeparator(documentSeparator);
  const text = decodeUtf8(file.name, file.chunks());
  const documents = {
    plain: () => splitDocuments(text, documentSeparator),
    jsonl: () => jsonDocuments(file, text),
  }[textFormat(file)];
  yield* cutPieces(documents());
}

function checkSeparator(separator?: string): void {
  if (separator === undefined || !/[\r\n]/.test(separator)) return;
  throw new RangeError(`documentSeparator: expected one line, got ${JSON.stringify(separator)}`);
}
