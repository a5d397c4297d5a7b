/** The units that a loss is reported in, in addition to tokens. */
export interface TextUnits {
  /** Number of characters, as code points. */
  readonly character: number;
  /** Bytes of UTF-8. */
  readonly byte: number;
  /** Runs of anything but white space. */
  readonly word: number;
}

/** Counts the characters, bytes and words of a text. */
export function countUnits(text: string): TextUnits {
  let [character, byte, word] = [0, 0, 0];
  let inWord = false;
  for (const each of text) {
    const code = each.codePointAt(0) ?? 0;
    character++;
    byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    const blank = isWhiteSpace(each, code);
    if (!blank && !inWord) word++;
    inWord = !blank;
  }
  return { character, byte, word };
}

function isWhiteSpace(character: string, code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return /^\p{White_Space}$/u.test(character);
}
