import type { EncodeText } from './assemble-tokenizer.js';
import { Heap } from './heap.js';
import { detach } from './utf8.js';
import type { MergeTable } from './write-hugging-face.js';

/** Makes an encoder by GPT-2's scheme: pre-tokenization into words, then merges of each word's UTF-8 bytes. */
export function bytePairEncoder(table: MergeTable): EncodeText {
  const encoder = new TextEncoder();
  const idsOfWord = wordCache((word) => mergeBytes(encoder.encode(word), table));
  return (text, from, to, ids) => {
    for (let start = from, end = from; start < to; start = end) {
      end = wordEnd(text, start, to);
      const word = idsOfWord(text.slice(start, end));
      for (let index = 0; index < word.length; index++) ids.push(word[index]);
    }
  };
}

/**
 * Whether a byte is printable in Latin-1, so that GPT-2's byte alphabet maps it to itself. All other bytes map in
 * order to characters from U+0100: a blank to `Ġ`, a line feed to `Ċ`.
 *
 * @see openai/gpt-2 src/encoder.py, bytes_to_unicode
 */
const isPrinted = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

/**
 * GPT-2's byte alphabet: the printable character for each byte in byte-level BPE vocabularies, such as `Ġ` for a
 * blank.
 */
export const byteAlphabet: readonly string[] = (() => {
  let unprinted = 0x100;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrinted(byte) ? byte : unprinted++),
  );
})();

const bytes = new Map(byteAlphabet.map((character, byte) => [character, byte]));

/** Spells bytes in GPT-2's byte alphabet, with one printable character for each byte. */
export function spellBytes(of: Uint8Array): string {
  return Array.from(of, (byte) => byteAlphabet[byte]).join('');
}

/** Converts a spelling from {@link spellBytes} to bytes; `undefined` if a character is not in the byte alphabet. */
export function readSpelledBytes(spelling: string): Uint8Array | undefined {
  const read = new Uint8Array(spelling.length);
  for (let index = 0; index < spelling.length; index++) {
    const byte = bytes.get(spelling[index]);
    if (byte === undefined) return undefined;
    read[index] = byte;
  }
  return read;
}

/** Merges the bytes of a word into the ids of its tokens, as {@link mergeIds} does. */
export function mergeBytes(bytes: Uint8Array, table: MergeTable): number[] {
  const ids = new Int32Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) ids[at] = table.byteIds[bytes[at]];
  return mergeIds(ids, table);
}

/** Maximum number of cached words; then the cache is cleared. Real text has a few ten thousand different words. */
const MAX_CACHED_WORDS = 2 ** 16;
/** Maximum length of a cached word. Longer words rarely repeat. */
const MAX_CACHED_LENGTH = 64;

/** Returns `encodeWord` with a cache of its results by word, because words repeat often in real text. */
export function wordCache<Context extends readonly unknown[]>(
  encodeWord: (word: string, ...context: Context) => readonly number[],
): (word: string, ...context: Context) => readonly number[] {
  const cache = new Map<string, readonly number[]>();
  return (word, ...context) => {
    const cached = cache.get(word);
    if (cached !== undefined) return cached;
    const ids = encodeWord(word, ...context);
    if (word.length <= MAX_CACHED_LENGTH) {
      if (cache.size === MAX_CACHED_WORDS) cache.clear();
      cache.set(detach(word), ids);
    }
    return ids;
  };
}

/**
 * Finds the end of the word that begins at `start`, by GPT-2's pre-tokenizer; the text ends at `limit`.
 *
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * Implemented by hand, because V8 needs stack for every character of a run and throws on a line of eight
 * million Chinese characters. `\s` is Unicode's White_Space, as in the original; JavaScript's own `\s` has
 * U+FEFF and lacks U+0085.
 *
 * @see openai/gpt-2 src/encoder.py
 */
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
  // `\s+(?!\S)`: the last white space before a word is left for that word, unless it is the only one.
  return end === limit || end === start + 1 ? end : end - 1;
}

const APOSTROPHE = 0x27;
const BLANK = 0x20;

/**
 * Returns the length of a contraction after its apostrophe: `'s 't 'm 'd 're 've 'll`; 0 for anything else.
 */
function contractionLength(text: string, index: number, limit: number): number {
  if (index >= limit) return 0;
  if ('stmd'.includes(text[index])) return 1;
  return index + 1 < limit && ['re', 've', 'll'].includes(text.slice(index, index + 2)) ? 2 : 0;
}

/**
 * Merges the tokens of a word: the pair of the lowest rank first, on a tie the leftmost, until no neighbours
 * are in the table.
 *
 * Tokens are in a linked list and candidate pairs in a heap. A word of `n` tokens costs `n log n`, so a line
 * of a million letters takes a second instead of a day.
 *
 * @param ids - Tokens of the word, which are overwritten.
 * @returns the ids of the merged tokens.
 * @see Sennrich et al. 2016, https://arxiv.org/abs/1508.07909
 */
export function mergeIds(ids: Int32Array, table: MergeTable): number[] {
  const length = ids.length;
  const next = new Int32Array(length);
  const previous = new Int32Array(length);
  for (let at = 0; at < length; at++) {
    next[at] = at + 1;
    previous[at] = at - 1;
  }

  const candidates = new Heap<number>((a, b) => a < b);
  const rankAt = (at: number): number | undefined =>
    at >= 0 && next[at] < length ? table.rank(ids[at], ids[next[at]]) : undefined;
  const offer = (at: number): void => {
    const rank = rankAt(at);
    if (rank !== undefined) candidates.push(rank * POSITIONS + at);
  };
  for (let at = 0; at < length; at++) offer(at);

  for (;;) {
    const candidate = candidates.pop();
    if (candidate === undefined) break;
    const rank = Math.floor(candidate / POSITIONS);
    const at = candidate % POSITIONS;
    if (ids[at] === GONE || rankAt(at) !== rank) continue; // an adjacent merge came first
    const absorbed = next[at];
    ids[at] = table.mergedId(rank);
    ids[absorbed] = GONE;
    next[at] = next[absorbed];
    if (next[at] < length) previous[next[at]] = at;
    offer(previous[at]);
    offer(at);
  }
  const merged: number[] = [];
  for (let at = 0; at < length; at = next[at]) merged.push(ids[at]);
  return merged;
}

const GONE = -1;
/**
 * Factor of the rank in a heap entry, which is `rank * POSITIONS + position`: exact in a double up to a rank of 2^21.
 */
const POSITIONS = 2 ** 32;

/** The classes of characters that GPT-2's pre-tokenizer distinguishes. */
export type CharacterClass = typeof OTHER | typeof LETTER | typeof NUMBER | typeof SPACE;
export const OTHER = 0;
export const LETTER = 1;
export const NUMBER = 2;
export const SPACE = 3;
/** Class that the table has for surrogates. The actual class of a surrogate pair is the one of its character. */
const SURROGATE = 4;

/** Returns the class of the character at `index`, as GPT-2's pre-tokenizer distinguishes classes. */
export function classAt(text: string, index: number): CharacterClass {
  table ??= classTable();
  const found = table[text.charCodeAt(index)];
  return found === SURROGATE
    ? classBeyond(text.codePointAt(index) ?? 0)
    : (found as CharacterClass); // -- the table holds no other number
}

/** Finds the end of the run of characters of one class that begins at `index`, at most `limit`. */
export function runEnd(text: string, index: number, limit: number, kind: CharacterClass): number {
  table ??= classTable();
  let end = index;
  while (end < limit) {
    const found = table[text.charCodeAt(end)];
    if (found === kind) {
      end++;
    } else if (found === SURROGATE) {
      const codePoint = text.codePointAt(end) ?? 0;
      if (classBeyond(codePoint) !== kind) break;
      end += codePoint > 0xffff ? 2 : 1;
    } else {
      break;
    }
  }
  return end;
}

/** Class of every UTF-16 unit, computed at first use so that an import is cheap. */
let table: Uint8Array | undefined;

function classTable(): Uint8Array {
  const classes = new Uint8Array(0x10000);
  const units = Array.from(classes, (_, unit) => String.fromCharCode(unit)).join('');
  const fill = (pattern: RegExp, kind: number): void => {
    for (const run of units.matchAll(pattern)) {
      classes.fill(kind, run.index, run.index + run[0].length);
    }
  };
  fill(/\p{L}+/gu, LETTER);
  fill(/\p{N}+/gu, NUMBER);
  fill(/\p{White_Space}+/gu, SPACE);
  return classes.fill(SURROGATE, 0xd800, 0xe000);
}

/** Returns the class of a character above U+FFFF or of a lone surrogate; none is white space. */
function classBeyond(codePoint: number): CharacterClass {
  const character = String.fromCodePoint(codePoint);
  if (/^\p{L}/u.test(character)) return LETTER;
  return /^\p{N}/u.test(character) ? NUMBER : OTHER;
}
