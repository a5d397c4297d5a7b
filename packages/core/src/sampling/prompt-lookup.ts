import type { Grammar } from '../domain/domain.js';

/** What guesses were made and came true. */
export interface LookupCounts {
  readonly drafted: number;
  readonly accepted: number;
}

/** Drafts the next tokens of one sequence from its earlier text. */
export interface PromptLookup extends LookupCounts {
  /**
   * Copies draft tokens from what followed the last words earlier in the sequence.
   *
   * @param tokens - The sequence so far.
   * @param most - Tokens that may be guessed.
   * @returns none where nothing like its end came before, or guesses would not pay.
   */
  draft(tokens: readonly number[], most: number): number[];
  /** Counts how many of the last guesses came true. */
  count(accepted: number): void;
}

/** Tokens at the end that must have come before. */
const SHORTEST_MATCH = 2;
/** A longer match is no better a reason to guess. */
const LONGEST_MATCH = 16;
/** How often what followed a match of 2, 4, 8 and 16 tokens or more is taken to come again, at first. */
const FIRST_RATES = [0.4, 0.6, 0.8, 0.9];
/** Tokens over which such a rate is learned. */
const MEMORY = 8;
/** A draft goes on while the chance is this high that all of it comes true: a token of it costs less. */
const LEAST_CHANCE = 0.5;
/** Shorter drafts do not pay: reading a second token costs more than reading a third. */
const SHORTEST_DRAFT = 3;

/** An earlier place like the end of the text. */
interface Match {
  /** Where the text continues after it. */
  readonly from: number;
  readonly length: number;
}

/**
 * Drafts by prompt lookup: what followed when the end of the text came before, after the longest such
 * match, the latest of them. The model then reads all guesses in one step; those that it would have
 * chosen itself stay. Whether a guess would have come true shows without reading it, so how often
 * guesses do is learned of every token, for short and long matches apart, and only drafts that
 * will likely pay are made.
 *
 * @param longest - Maximum number of draft tokens.
 * @see Saxena 2023, "Prompt lookup decoding", https://github.com/apoorvumang/prompt-lookup-decoding
 */
export function promptLookup(longest: number): PromptLookup {
  let [drafted, accepted] = [0, 0];
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
  return {
    get drafted() {
      return drafted;
    },
    get accepted() {
      return accepted;
    },
    draft: (tokens, most) => {
      if (last) learnFrom(tokens, last);
      const match = longestMatch(tokens);
      last = match && { ...match, at: tokens.length };
      if (!match) return [];
      const { from, length } = match;
      const worth = Math.floor(Math.log(LEAST_CHANCE) / Math.log(rates[kindOf(length)]));
      if (worth < SHORTEST_DRAFT) return [];
      const draft = tokens.slice(from, from + Math.max(0, Math.min(worth, longest, most)));
      drafted += draft.length;
      return draft;
    },
    count: (right) => {
      accepted += right;
    },
  };
}

/** Which of the rates a match has. */
function kindOf(length: number): number {
  return Math.floor(Math.log2(length)) - 1;
}

/** The longest earlier match of the end of a text, of equals the latest. */
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

/** The tokens that a model reads of a sequence that is too long. */
export interface LastTokens {
  /** What says in place of the tokens that are left out what still holds of them. */
  readonly restated: readonly number[];
  /** The end of the sequence, its newest token among them. */
  readonly kept: readonly number[];
}

/**
 * The end of a sequence that is longer than what a model can read, behind what a grammar restates of the
 * tokens that are left out.
 *
 * @param room - Number of tokens to keep, those that restate among them; fewer than the sequence has.
 * @returns at most `room` tokens in all; the end alone where restating leaves no room for any.
 */
export function lastTokens(
  tokens: readonly number[],
  room: number,
  grammar: Pick<Grammar<unknown>, 'restate'> | undefined,
): LastTokens {
  const end = tokens.length - room;
  const alone = { restated: [], kept: tokens.slice(end) };
  if (!grammar?.restate) return alone;
  // What is restated takes the place of the oldest tokens; they may change what is to be restated.
  for (let start = end; start < tokens.length; start++) {
    const restated = Array.from(grammar.restate(tokens.slice(0, start)));
    if (restated.length <= start - end) return { restated, kept: tokens.slice(start) };
  }
  return alone;
}
