/** Number of draft tokens, and number of draft tokens that the model accepted. */
export interface LookupCounts {
  readonly drafted: number;
  readonly accepted: number;
}

/** Drafts the next tokens of one sequence from its earlier text. */
export interface PromptLookup extends LookupCounts {
  /**
   * Copies draft tokens from the text that followed the last tokens earlier in the sequence.
   *
   * @param tokens - The sequence so far.
   * @param max - Maximum number of draft tokens.
   * @returns no tokens if the end of the sequence did not occur before, or if a draft would probably not pay.
   */
  draft(tokens: readonly number[], max: number): number[];
  /** Adds the number of tokens of the last draft that the model accepted. */
  count(accepted: number): void;
}

/** Minimum length of a match: number of tokens at the end of the text that must have occurred earlier in it. */
const SHORTEST_MATCH = 2;
/** Maximum length of a match, in tokens. Longer matches do not predict better. */
const LONGEST_MATCH = 16;
/** Initial acceptance rates of a draft token, after matches of at least 2, 4, 8 and 16 tokens. */
const FIRST_RATES = [0.4, 0.6, 0.8, 0.9];
/** Number of tokens over which an acceptance rate is averaged. */
const MEMORY = 8;
/** Minimum probability that a whole draft is accepted. At this probability, a further token still pays. */
const MIN_CHANCE = 0.5;
/** Minimum length of a draft. Shorter drafts do not pay, because a second token costs more than a third. */
const SHORTEST_DRAFT = 3;

/** An earlier place in the text whose tokens match the end of the text. */
interface Match {
  /** Index of the token after the match. */
  readonly from: number;
  readonly length: number;
}

/**
 * Drafts tokens by prompt lookup. The draft is copied from the tokens that followed the longest earlier match of the
 * text's end; the latest match if several are equally long. The model then reads all draft tokens in one step and
 * keeps those that it would have chosen itself. Acceptance rates are learned from every token, with or without a
 * draft, separately for short and long matches. Drafts are made only if they will probably pay.
 *
 * @param longest - Maximum number of draft tokens.
 * @see Saxena 2023, "Prompt lookup decoding", https://github.com/apoorvumang/prompt-lookup-decoding
 */
export function promptLookup(longest: number): PromptLookup {
  const rates = [...FIRST_RATES];
  let last: (Match & { readonly at: number }) | undefined;
  const learnFrom = (
    tokens: readonly number[],
    { from, length, at }: Match & { at: number },
  ): void => {
    for (let i = 0; at + i < tokens.length; i++) {
      const isRight = tokens[at + i] === tokens[from + i];
      rates[kindOf(length)] += ((isRight ? 1 : 0) - rates[kindOf(length)]) / MEMORY;
      if (!isRight) return;
    }
  };
  const lookup = {
    drafted: 0,
    accepted: 0,
    draft: (tokens: readonly number[], max: number): number[] => {
      if (last) learnFrom(tokens, last);
      const match = longestMatch(tokens);
      last = match && { ...match, at: tokens.length };
      if (!match) return [];
      const { from, length } = match;
      const worth = Math.floor(Math.log(MIN_CHANCE) / Math.log(rates[kindOf(length)]));
      if (worth < SHORTEST_DRAFT) return [];
      const draft = tokens.slice(from, from + Math.max(0, Math.min(worth, longest, max)));
      lookup.drafted += draft.length;
      return draft;
    },
    count: (right: number): void => {
      lookup.accepted += right;
    },
  };
  return lookup;
}

/** Returns the index of the acceptance rate for a match of this length. */
function kindOf(length: number): number {
  return Math.floor(Math.log2(length)) - 1;
}

/** Returns the longest earlier match of the end of a text; the latest if several are equally long. */
function longestMatch(tokens: readonly number[]): Match | undefined {
  const end = tokens.length - 1;
  let best: Match | undefined;
  let bestLength = SHORTEST_MATCH - 1;
  for (let at = end - 1; at >= bestLength && bestLength < LONGEST_MATCH; at--) {
    let length = 0;
    while (length < LONGEST_MATCH && length <= at && tokens[at - length] === tokens[end - length]) {
      length++;
    }
    if (length > bestLength) [best, bestLength] = [{ from: at + 1, length }, length];
  }
  return best;
}
