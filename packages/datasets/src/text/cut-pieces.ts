import type { TextPiece } from './text-piece.js';

export interface PieceSizes {
  /** Usual length of a piece in UTF-16 units; 2^18 by default. */
  readonly usual?: number;
  /** Length that none exceeds, cut wherever that falls between two characters. */
  readonly longest?: number;
}

/**
 * Cuts documents into pieces that a tokenizer may encode one by one: the tokens are those of the
 * whole document.
 *
 * A piece ends between a character that is not white space and white space; where that is a line end, the
 * character is a letter or a digit. The patterns of GPT-2, Llama 3 and Qwen have a boundary there in any
 * case: none of their alternatives goes on from the one into the other, though the later ones join line
 * ends to the punctuation before them, and the look-ahead of `\s+(?!\S)` only looks from white space
 * onwards. Characters and bytes do not care where a cut is.
 *
 * Two cuts change a token. Text without such a place for `longest` units (base64, or a script without
 * spaces on one line) is cut between two characters. And a tokenizer that puts a space before every text
 * (Llama 2's) puts one before every piece: which text a piece goes on from is not known to it.
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
 * Languages differ in what white space is (U+0085 and U+FEFF are for some): before the cut stands
 * what is none for all of them, after it what is for all.
 */
function isSafe(text: string, at: number): boolean {
  const after = text[at];
  if (after === '\n' || after === '\r') return /[\p{L}\p{N}]/u.test(text[at - 1]);
  return /[ \t\v\f]/.test(after) && /[^\s\u0085]/.test(text[at - 1]);
}
