import type { DataFile } from '@ramble/core';
import { parseJson, shownText, splitLines } from '@ramble/core/files';

import type { TextPiece } from './text-piece.js';

/**
 * The `text` of each line of JSON, a document each. Empty lines are passed over, other fields too.
 *
 * @param file - For error messages.
 * @param chunks - the file, cut anywhere
 * @throws Error with the number of the first line that is not an object with a string `text`.
 */
export async function* jsonDocuments(
  { name, unit = 'line' }: Pick<DataFile, 'name' | 'unit'>,
  chunks: AsyncIterable<string>,
): AsyncGenerator<TextPiece> {
  let lineNumber = 0;
  for await (const line of splitLines(chunks)) {
    lineNumber++;
    if (line.trim() === '') continue;
    const value = parse(line);
    if (!hasText(value)) {
      throw new Error(
        `${name} ${unit} ${lineNumber}: expected JSON like {"text": "…"}, got ${shownText(line)}`,
      );
    }
    yield { text: value.text, endsDocument: true };
  }
}

function parse(line: string): unknown {
  try {
    return parseJson(line);
  } catch {
    return undefined; // the caller's message shows the line, which says more than the parser's
  }
}

function hasText(value: unknown): value is { readonly text: string } {
  return (
    typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
  );
}
