/** SentencePiece's visible blank, U+2581. */
export const BLANK = '\u2581';

/** Cuts a word into parts, each of which has the ids that it has within the word. */
export type CutWord = (word: string) => string[];

/**
 * Cuts before a blank where no merge joins it to the character before it. A whole text may be one word,
 * as in Llama 2: its parts come again and again, so that a cache knows their ids.
 *
 * @param joined - The last UTF-16 units of tokens to which a merge joins one that begins with a blank.
 */
export function blankCutter(joined: ReadonlySet<number>): CutWord {
  return (word) => {
    const parts: string[] = [];
    let from = 0;
    for (let at = word.indexOf(BLANK, 1); at !== -1; at = word.indexOf(BLANK, at + 1)) {
      if (joined.has(word.charCodeAt(at - 1))) continue;
      parts.push(word.slice(from, at));
      from = at;
    }
    if (from < word.length) parts.push(word.slice(from));
    return parts;
  };
}
