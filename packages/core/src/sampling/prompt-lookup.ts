/** What guesses were made and came true. */
export interface LookupCounts {
  readonly drafted: number;
  readonly accepted: number;
}

/** Guesses the next tokens of one sequence from what it has said before. */
export interface PromptLookup extends LookupCounts {
  /**
   * @param tokens - The sequence so far.
   * @param most - Tokens that may be guessed.
   * @returns none where nothing like its end came before, or guessing has not paid lately.
   */
  draft(tokens: readonly number[], most: number): number[];
  /** Tells how many of the last guesses came true. */
  learn(accepted: number): void;
}

/** Tokens at the end that must have come before. */
const SHORTEST_MATCH = 2;
/** A longer match is no better a reason to guess. */
const LONGEST_MATCH = 16;
/** Steps without a guess after many that failed. */
const LONGEST_PAUSE = 64;

/**
 * Drafts by prompt lookup: what followed when the end of the text came before, after the longest such
 * match, the latest of them. The model then reads all guesses in one step; those that it would have
 * chosen itself stay. A guess that fails costs more than a plain step, so drafts grow and shrink with
 * what comes true, and after failures pause, twice as long each time.
 *
 * @param longest - Most tokens of a draft.
 * @see Saxena 2023, "Prompt lookup decoding", https://github.com/apoorvumang/prompt-lookup-decoding
 */
export function promptLookup(longest: number): PromptLookup {
  let [drafted, accepted] = [0, 0];
  let length = Math.min(longest, 4);
  let [pause, waits] = [0, 0];
  let last = 0;
  return {
    get drafted() {
      return drafted;
    },
    get accepted() {
      return accepted;
    },
    draft: (tokens, most) => {
      if (waits > 0) {
        waits--;
        return [];
      }
      const from = afterMatch(tokens);
      const draft = from === undefined ? [] : tokens.slice(from, from + Math.min(length, most));
      last = draft.length;
      drafted += last;
      return draft;
    },
    learn: (count) => {
      accepted += count;
      if (last === 0) return;
      if (count === 0) {
        pause = Math.min(LONGEST_PAUSE, Math.max(1, 2 * pause));
        waits = pause;
        length = 1;
      } else {
        pause = 0;
        length = count === last ? Math.min(longest, 2 * length) : count;
      }
      last = 0;
    },
  };
}

/** Where the text goes on behind the longest earlier match of its end. */
function afterMatch(tokens: readonly number[]): number | undefined {
  const end = tokens.length - 1;
  let best: number | undefined;
  let bestLength = SHORTEST_MATCH - 1;
  for (let at = end - 1; at >= bestLength && bestLength < LONGEST_MATCH; at--) {
    let length = 0;
    while (length < LONGEST_MATCH && length <= at && tokens[at - length] === tokens[end - length]) {
      length++;
    }
    if (length > bestLength) [best, bestLength] = [at + 1, length];
  }
  return best;
}
