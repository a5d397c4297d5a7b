import { WorkBudget } from './work-budget.js';

/** A match of a search: one of the searched contents, and its index in the text in UTF-16 units. */
export interface FoundContent {
  readonly content: string;
  readonly index: number;
}

/**
 * Prepares a search for many strings (`contents`) at once. The leftmost match comes first; if several begin at one
 * position, the longest. Matches do not overlap. The time hardly depends on the number of contents. A regular
 * expression would get slower with each alternative, and Gemma has six thousand added tokens.
 *
 * @returns a search that throws RangeError if it takes too long.
 */
export function contentFinder(
  contents: readonly string[],
): (text: string, budget?: WorkBudget) => Generator<FoundContent> {
  const sorted = [...contents].sort(); // sorted by UTF-16 units, a prefix before its extensions
  const rangeOf = new Map<number, Range>();
  for (let low = 0, high = 0; low < sorted.length; low = high) {
    const unit = sorted[low].charCodeAt(0);
    high = lowerBound(sorted, { low, high: sorted.length }, 0, unit + 1);
    rangeOf.set(unit, { low, high });
  }

  function longestAt(text: string, index: number, budget: WorkBudget): string | undefined {
    const range = rangeOf.get(text.charCodeAt(index));
    if (!range) return undefined;
    let longest: string | undefined;
    let { low, high } = range;
    for (let length = 1; ; length++) {
      if (sorted[low].length === length) longest = sorted[low++];
      const unit = text.charCodeAt(index + length); // NaN beyond the end, which matches nothing
      if (low < high) low = lowerBound(sorted, { low, high }, length, unit);
      if (low < high) high = lowerBound(sorted, { low, high }, length, unit + 1);
      if (!(low < high) || Number.isNaN(unit)) {
        budget.spend(length);
        return longest;
      }
    }
  }

  return function* (text, budget = new WorkBudget(text.length)) {
    for (let index = 0; index < text.length;) {
      const content = longestAt(text, index, budget);
      if (content !== undefined) yield { content, index };
      index += content?.length ?? 1;
    }
  };
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * Returns the index of the first text in a sorted range whose UTF-16 unit at `position` is at least `unit`, by binary
 * search.
 */
function lowerBound(
  sorted: readonly string[],
  { low, high }: Range,
  position: number,
  unit: number,
): number {
  let [first, end] = [low, high];
  while (first < end) {
    const middle = (first + end) >> 1;
    if (sorted[middle].charCodeAt(position) < unit) first = middle + 1;
    else end = middle;
  }
  return first;
}
