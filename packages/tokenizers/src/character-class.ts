/** The classes of characters that GPT-2's pre-tokenizer distinguishes. */
export type CharacterClass = typeof OTHER | typeof LETTER | typeof NUMBER | typeof SPACE;
export const OTHER = 0;
export const LETTER = 1;
export const NUMBER = 2;
export const SPACE = 3;
/** Used in the table only: the class of a surrogate pair is the class of its character. */
const SURROGATE = 4;

/** The class of the character that begins at `index`. */
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

/** Class of every UTF-16 unit; made at first use, so that an import costs nothing. */
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

/** Class of a character outside the first 65,536, and of a lone surrogate; none is white space. */
function classBeyond(codePoint: number): CharacterClass {
  const character = String.fromCodePoint(codePoint);
  if (/^\p{L}/u.test(character)) return LETTER;
  return /^\p{N}/u.test(character) ? NUMBER : OTHER;
}
