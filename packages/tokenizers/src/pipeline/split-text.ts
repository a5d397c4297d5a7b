/**
 * What becomes of the parts of a text that a pattern matches: words of their own, dropped, or joined to
 * the word before them, to the one after them, or to one another.
 */
type SplitBehavior = (typeof splitBehaviors)[number];

/** The names of Hugging Face's `SplitDelimiterBehavior`. */
export const splitBehaviors = [
  'Isolated',
  'Removed',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] as const;

export interface SplitOptions {
  readonly behavior: SplitBehavior;
  /** Whether the pattern matches words, and what lies between them is the delimiter. */
  readonly invert?: boolean;
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly isMatch: boolean;
}

/**
 * Cuts a text into words by a pattern, as Hugging Face's tokenizers do; no word is empty.
 *
 * @param pattern - A global expression.
 * @throws RangeError for a word of millions of characters, which the engine's expressions cannot take.
 */
export function splitText(
  text: string,
  pattern: RegExp,
  { behavior, invert = false }: SplitOptions,
): string[] {
  const words: string[] = [];
  let from = 0; // of the word that is still open
  let before: Part | undefined;
  const close = (at: number): void => {
    if (at > from) words.push(text.slice(from, at));
    from = at;
  };
  for (const part of partsOf(text, pattern, invert)) {
    if (before && !isJoined(before, part, behavior)) close(part.from);
    if (part.isMatch && behavior === 'Removed') from = part.to;
    before = part;
  }
  close(text.length);
  return words;
}

/** Whether two neighbours are one word. */
function isJoined(before: Part, part: Part, behavior: SplitBehavior): boolean {
  switch (behavior) {
    case 'Isolated':
    case 'Removed':
      return false;
    case 'MergedWithPrevious':
      return part.isMatch && !before.isMatch;
    case 'MergedWithNext':
      return before.isMatch && !part.isMatch;
    case 'Contiguous':
      return before.isMatch === part.isMatch;
  }
}

/** The matches and what lies between them, in order. */
function* partsOf(text: string, pattern: RegExp, invert: boolean): Generator<Part> {
  let end = 0;
  for (const { 0: match, index } of matches(text, pattern)) {
    if (match === '') continue;
    if (index > end) yield { from: end, to: index, isMatch: invert };
    end = index + match.length;
    yield { from: index, to: end, isMatch: !invert };
  }
  if (end < text.length) yield { from: end, to: text.length, isMatch: invert };
}

function* matches(text: string, pattern: RegExp): Generator<RegExpExecArray> {
  try {
    yield* text.matchAll(pattern);
  } catch (cause) {
    // V8 needs stack for every character that an expression may have to give back.
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(
      `text: expected words that the tokenizer's expression can take, got a text of ${text.length} characters with a longer one; cut it`,
      { cause },
    );
  }
}
