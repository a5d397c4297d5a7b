// sacreBLEU and rouge-score are written in Python, whose white space is not JavaScript's: it has the
// separators U+001C to U+001F and U+0085, and not U+FEFF.
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

/** The code points of a text, as Python counts characters. */
export function codePoints(text: string): number[] {
  const points: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0; // `i` is inside
    points.push(point);
    if (point > 0xffff) i++;
  }
  return points;
}
