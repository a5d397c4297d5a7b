import { type WorkBudget } from '../work-budget.js';
import { type FindMatches, type Span } from './linear-pattern.js';

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

interface Part extends Span {
  readonly isMatch: boolean;
}

/**
 * Cuts a text into words by a pattern, as Hugging Face's tokenizers do; no word is empty.
 *
 * @throws RangeError for a word of millions of characters, which the engine's expressions cannot take, and
 *   when a search takes too long.
 */
export function splitText(
  text: string,
  find: FindMatches,
  { behavior, invert = false }: SplitOptions,
  budget: WorkBudget,
): string[] {
  const words: string[] = [];
  let from = 0; // of the word that is still open
  let before: Part | undefined;
  const close = (at: number): void => {
    if (at > from) words.push(text.slice(from, at));
    from = at;
  };
  for (const part of partsOf(text, find(text, budget), invert)) {
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

/** The matches and what lies between them, in order. An empty match cuts, except right after another. */
function* partsOf(text: string, matches: Iterable<Span>, invert: boolean): Generator<Part> {
  let end = 0;
  for (const { from, to } of matches) {
    if (to === from && from === end) continue;
    if (from > end) yield { from: end, to: from, isMatch: invert };
    end = to;
    yield { from, to, isMatch: !invert };
  }
  if (end < text.length) yield { from: end, to: text.length, isMatch: invert };
}
