import type { TextPiece } from './text-piece.js';

/**
 * Splits text into documents at the lines that equal `separator`; those lines belong to none.
 * Without a separator the whole text is one document. A line may be longer than memory.
 *
 * @param chunks - the text, cut anywhere
 * @param separator - a line without its end; a line that ends in `\r\n` may equal it too
 * @returns pieces of any size, cut anywhere; some may be empty.
 */
export async function* splitDocuments(
  chunks: AsyncIterable<string>,
  separator?: string,
): AsyncGenerator<TextPiece> {
  let held = ''; // the beginning of a line that may yet be a separator
  let midLine = false; // the text before `held` did not end a line
  for await (const chunk of chunks) {
    if (separator === undefined) {
      yield { text: chunk, endsDocument: false };
      continue;
    }
    const text = held + chunk;
    let from = 0;
    let line: number = midLine ? -1 : 0; // where the current line begins; -1: before this text
    for (let next = nextLine(text, 0); next > 0; next = nextLine(text, next)) {
      if (line >= 0 && isSeparator(text, line, next, separator)) {
        yield { text: text.slice(from, line), endsDocument: true };
        from = next;
      }
      line = next;
    }
    midLine = line < 0 || text.length - line > separator.length + '\r'.length;
    const end = midLine ? text.length : line;
    yield { text: text.slice(from, end), endsDocument: false };
    held = text.slice(end);
  }
  const isLast = separator !== undefined && isSeparator(held, 0, held.length, separator);
  yield { text: isLast ? '' : held, endsDocument: true };
}

/** Where the line after `from` begins; 0 where that is still to come. */
function nextLine(text: string, from: number): number {
  return text.indexOf('\n', from) + 1;
}

function isSeparator(text: string, start: number, end: number, separator: string): boolean {
  if (!text.startsWith(separator, start)) return false;
  return /^\r?\n?$/.test(text.slice(start + separator.length, end));
}
