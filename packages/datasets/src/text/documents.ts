import type { DataFile } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';
import { fileExtension, parseJson, shownText, splitLines } from '@ramble/core/files';

export interface PieceSizes {
  /** Usual length of a piece in UTF-16 units; 2^18 by default. */
  readonly usual?: number;
  /** Length that none exceeds, cut wherever that falls between two characters. */
  readonly longest?: number;
}

/**
 * Cuts documents into pieces that a tokenizer may encode one by one: joined, their tokens equal the
 * tokens of the whole document.
 *
 * A piece ends between a character that is not white space and white space. If the white space is a
 * line end, the character before it is a letter or a digit. The patterns of GPT-2, Llama 3 and Qwen
 * always have a boundary there: no alternative of theirs matches both characters, although the
 * later ones join line ends to the punctuation before them, and the look-ahead of `\s+(?!\S)` only
 * looks from white space onwards. Character and byte tokenizers may be cut anywhere.
 *
 * Two cuts change a token. Text without such a place for `longest` units (base64, or a script without
 * spaces on one line) is cut between two characters. And a tokenizer that puts a space before every text
 * (Llama 2's) puts one before every piece, because it does not see which text a piece continues.
 *
 * @param documents - documents in any pieces; those without text are dropped
 */
export async function* cutPieces(
  documents: AsyncIterable<TextPiece>,
  { usual = 1 << 18, longest = 1 << 20 }: PieceSizes = {},
): AsyncGenerator<TextPiece> {
  let pending = '';
  for await (const { text, endsDocument } of documents) {
    pending += text;
    while (pending.length > usual) {
      const cut = findCut(pending, usual, longest);
      if (cut === undefined) break;
      yield { text: pending.slice(0, cut), endsDocument: false };
      pending = pending.slice(cut);
    }
    if (!endsDocument) continue;
    if (pending.length > 0) yield { text: pending, endsDocument: true };
    pending = '';
  }
}

/** The last safe place up to `usual`, else the first after it; undefined where more text must come. */
function findCut(text: string, usual: number, longest: number): number | undefined {
  for (let at = usual; at > 0; at--) if (isSafe(text, at)) return at;
  const end = Math.min(longest + 1, text.length);
  for (let at = usual + 1; at < end; at++) if (isSafe(text, at)) return at;
  if (text.length <= longest) return undefined;
  const splitsPair = /^[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(text.slice(longest - 1, longest + 1));
  return splitsPair ? longest - 1 : longest;
}

/**
 * Languages differ in their definition of white space (U+0085 and U+FEFF count in some). The
 * character before the cut is white space in none of them, the character after it in all.
 */
function isSafe(text: string, at: number): boolean {
  const after = text[at];
  if (after === '\n' || after === '\r') return /[\p{L}\p{N}]/u.test(text[at - 1]);
  return /[ \t\v\f]/.test(after) && /[^\s\u0085]/.test(text[at - 1]);
}

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

/** Index at which the line after `from` begins; 0 if it is not read yet. */
function nextLine(text: string, from: number): number {
  return text.indexOf('\n', from) + 1;
}

function isSeparator(text: string, start: number, end: number, separator: string): boolean {
  if (!text.startsWith(separator, start)) return false;
  return /^\r?\n?$/.test(text.slice(start + separator.length, end));
}

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

/** The name of the field that contains a document, and other common names for it. */
export const TEXT_FIELDS: DataFields = {
  names: ['text'],
  known: [['content'], ['document'], ['article'], ['story'], ['body'], ['sentence']],
};

/** Kinds of text files: the whole file is a document, or each of its lines is one. */
export type TextFormat = 'plain' | 'jsonl';

/** The format of documents for a file extension. */
export function textFormat(file: Pick<DataFile, 'name' | 'extension'>): TextFormat {
  return fileExtension(file) === '.jsonl' ? 'jsonl' : 'plain';
}

/** The next stretch of a document, in order; a document is one piece or several. */
export interface TextPiece {
  readonly text: string;
  /** True for the last piece of a document. */
  readonly endsDocument: boolean;
}
