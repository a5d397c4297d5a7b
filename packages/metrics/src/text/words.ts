// sacreBLEU and rouge-score are written in Python, whose white space differs from JavaScript's: it includes
// U+001C to U+001F and U+0085, but not U+FEFF.
const SPACE = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const WORD = new RegExp(`[^${SPACE}]+`, 'g');
const IS_SPACE = new RegExp(`[${SPACE}]`);

/** Splits at white space, as Python's `str.split()` does. */
export function splitWords(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** Removes white space at the end, as Python's `str.rstrip()` does. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && IS_SPACE.test(text[end - 1])) end--;
  return text.slice(0, end);
}

/** Removes white space at both ends, as Python's `str.strip()` does. */
export function trim(text: string): string {
  let start = 0;
  while (start < text.length && IS_SPACE.test(text[start])) start++;
  return trimEnd(text.slice(start));
}

/** Replaces the XML entities of quotation marks, ampersands and angle brackets. */
export function unescapeXml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
}

/** Returns the code points of a text, as Python counts characters. */
export function codePoints(text: string): number[] {
  const points: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0; // `i` is in range
    points.push(point);
    if (point > 0xffff) i++;
  }
  return points;
}

/** A word as text, or a character as its code point. */
type Token = string | number;

/** The n-grams of one order in some sequences, as ids. Equal n-grams have equal ids. */
export interface NgramIds {
  /** Number of ids. */
  readonly count: number;
  /** Ids of each sequence's n-grams, in order. */
  readonly sequences: readonly Int32Array[];
}

/** Yields the n-gram ids of some sequences: order 1, then 2, up to `maxOrder`. */
export function* ngramIds(
  sequences: readonly (readonly Token[])[],
  maxOrder: number,
): Generator<NgramIds, void> {
  const tokens = tokenIds(sequences);
  let ids = tokens;
  for (let order = 1; order <= maxOrder; order++) {
    if (order > 1) ids = longerIds(ids, tokens, order);
    yield ids;
  }
}

/** Returns the number of occurrences of each id in a sequence, for ids from 0 to `count - 1`. */
export function countIds(ids: Int32Array, count: number): Int32Array {
  const counts = new Int32Array(count);
  for (let i = 0; i < ids.length; i++) counts[ids[i]]++;
  return counts;
}

/** Counts the ids of a sequence, each id at most `allowed[id]` times. Decreases the numbers in `allowed`. */
export function countMatches(ids: Int32Array, allowed: Int32Array): number {
  let matches = 0;
  for (let i = 0; i < ids.length; i++) {
    if (allowed[ids[i]]-- > 0) matches++;
  }
  return matches;
}

/** Assigns ids to tokens: equal tokens have equal ids. */
export function tokenIds(sequences: readonly (readonly Token[])[]): NgramIds {
  const known = new Map<Token, number>();
  const numbered = sequences.map((sequence) => {
    const ids = new Int32Array(sequence.length);
    for (let i = 0; i < ids.length; i++) ids[i] = idOf(known, sequence[i]);
    return ids;
  });
  return { count: known.size, sequences: numbered };
}

/**
 * Returns the ids of n-grams from the ids of the n-grams that are one token shorter and of the token that
 * follows each.
 */
function longerIds(shorter: NgramIds, tokens: NgramIds, order: number): NgramIds {
  const known = new Map<number, number>();
  const sequences = shorter.sequences.map((before, s) => {
    const last = tokens.sequences[s];
    const ids = new Int32Array(Math.max(before.length - 1, 0));
    for (let i = 0; i < ids.length; i++) {
      ids[i] = idOf(known, before[i] * tokens.count + last[i + order - 1]);
    }
    return ids;
  });
  return { count: known.size, sequences };
}

function idOf<Key>(known: Map<Key, number>, key: Key): number {
  const id = known.get(key);
  if (id !== undefined) return id;
  known.set(key, known.size);
  return known.size - 1;
}
