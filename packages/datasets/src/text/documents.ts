import type { DataFile } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';
import { fileExtension, isObject, shownText, splitLines, tryParseJson } from '@ramble/core/files';

import { jsonAdvice } from '../tables/json-fields.js';

export interface PieceSizes {
  /** Target length of a piece in UTF-16 units; 2^18 by default. */
  readonly usual?: number;
  /** Maximum length of a piece in UTF-16 units. If no better place is found before it, the text is cut there. */
  readonly longest?: number;
}

/**
 * Splits documents into pieces that a tokenizer can encode separately: the joined tokens equal the tokens of
 * the whole document.
 *
 * A piece ends between a character that is not white space and white space. If the white space is a line end,
 * the character before it is a letter or a digit. The patterns of GPT-2, Llama 3 and Qwen always have a
 * boundary there: none of their alternatives matches both characters, although some join line ends to the
 * punctuation before them, and the look-ahead of `\s+(?!\S)` only looks from white space onwards. For
 * character and byte tokenizers, any cut is safe.
 *
 * In two cases, a cut changes tokens. Text without such a position for `longest` units (base64, or a script
 * without spaces on one line) is cut between two characters. A tokenizer that puts a space before every text
 * (Llama 2's) puts one before every piece.
 *
 * @param documents - Documents in any pieces. Documents without text are dropped.
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

/**
 * Returns the last safe position up to `usual`, else the first one after it; undefined if more text is
 * needed.
 */
function findCut(text: string, usual: number, longest: number): number | undefined {
  for (let at = usual; at > 0; at--) if (isSafe(text, at)) return at;
  const end = Math.min(longest + 1, text.length);
  for (let at = usual + 1; at < end; at++) if (isSafe(text, at)) return at;
  if (text.length <= longest) return undefined;
  const splitsPair = /^[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(text.slice(longest - 1, longest + 1));
  return splitsPair ? longest - 1 : longest;
}

/**
 * Whether a cut before the character at `at` is safe. Programming languages define white space differently (U+0085
 * and U+FEFF count in some). The character before the cut must be white space in no definition, the character after
 * it in every definition.
 */
function isSafe(text: string, at: number): boolean {
  const after = text[at];
  if (after === '\n' || after === '\r') return /[\p{L}\p{N}]/u.test(text[at - 1]);
  return /[ \t\v\f]/.test(after) && /[^\s\u0085]/.test(text[at - 1]);
}

/**
 * Splits text into documents at the lines that equal `separator`; these lines belong to no document. Without
 * a separator, the whole text is one document. A line may be longer than memory.
 *
 * @param chunks - The text in arbitrary chunks.
 * @param separator - A line without its end, which may be `\n` or `\r\n`.
 * @returns pieces of arbitrary size; some may be empty.
 */
export async function* splitDocuments(
  chunks: AsyncIterable<string>,
  separator?: string,
): AsyncGenerator<TextPiece> {
  let held = ''; // the beginning of a line that may become a separator
  let midLine = false; // the text before `held` did not end a line
  for await (const chunk of chunks) {
    if (separator === undefined) {
      yield { text: chunk, endsDocument: false };
      continue;
    }
    const text = held + chunk;
    let from = 0;
    let line: number = midLine ? -1 : 0; // start of the current line; -1 if it is before this text
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

/** Returns the index of the next line after `from`; 0 if it was not read yet. */
function nextLine(text: string, from: number): number {
  return text.indexOf('\n', from) + 1;
}

function isSeparator(text: string, start: number, end: number, separator: string): boolean {
  if (!text.startsWith(separator, start)) return false;
  return /^\r?\n?$/.test(text.slice(start + separator.length, end));
}

/**
 * Yields the `text` of each line of JSON as a document. Empty lines and other fields are ignored.
 *
 * @param file - Name of the file, for error messages.
 * @param chunks - The file in arbitrary chunks.
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
    const value = tryParseJson(line); // the error shows the line, which helps more than the parser's message
    if (!isObject(value) || typeof value.text !== 'string') {
      throw new Error(
        `${name} ${unit} ${lineNumber}: expected JSON like {"text": "…"}, got ${shownText(line)}${jsonAdvice(line)}`,
      );
    }
    yield { text: value.text, endsDocument: true };
  }
}

/** The name of the field that contains a document, and other common names for it. */
export const TEXT_FIELDS: DataFields = {
  names: ['text'],
  known: [['content'], ['document'], ['article'], ['story'], ['body'], ['sentence']],
};

/** Kinds of text files: the whole file is a document, or each of its lines is one. */
export type TextFormat = 'plain' | 'jsonl';

/** Returns the format of documents for a file extension. */
export function textFormat(file: Pick<DataFile, 'name' | 'extension'>): TextFormat {
  return fileExtension(file) === '.jsonl' ? 'jsonl' : 'plain';
}

/** A part of a document. A document has one or more pieces, which come in order. */
export interface TextPiece {
  readonly text: string;
  /** True for the last piece of a document. */
  readonly endsDocument: boolean;
}
