/**
 * GPT-2's pre-tokenizer: how a text is cut into the words inside which byte pairs merge.
 *
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * Written by hand and not as that expression, because V8 needs stack for every character of a run
 * and throws on a line of eight million Chinese ones. `\s` is Unicode's White_Space, as in the
 * original; JavaScript's own `\s` has U+FEFF and lacks U+0085.
 *
 * @see openai/gpt-2 src/encoder.py
 */
import { classAt, runEnd, SPACE } from './character-class.js';

/** Finds the end of the word that begins at `start`. The text ends at `limit`. */
export function wordEnd(text: string, start: number, limit: number): number {
  const first = text.charCodeAt(start);
  if (first === APOSTROPHE) {
    const length = contractionLength(text, start + 1, limit);
    if (length > 0) return start + 1 + length;
  }
  // A single space belongs to the word after it.
  const body = first === BLANK && start + 1 < limit ? start + 1 : start;
  const kind = classAt(text, body);
  if (kind !== SPACE) return runEnd(text, body, limit, kind);

  const end = runEnd(text, start, limit, SPACE);
  // `\s+(?!\S)`: the last white space before a word stays for that word, unless there is no other.
  return end === limit || end === start + 1 ? end : end - 1;
}

const APOSTROPHE = 0x27;
const BLANK = 0x20;

/** Length of what follows an apostrophe in `'s 't 'm 'd 're 've 'll`; 0 for anything else. */
function contractionLength(text: string, index: number, limit: number): number {
  if (index >= limit) return 0;
  if ('stmd'.includes(text[index])) return 1;
  return index + 1 < limit && ['re', 've', 'll'].includes(text.slice(index, index + 2)) ? 2 : 0;
}
