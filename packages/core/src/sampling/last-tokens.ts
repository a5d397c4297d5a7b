import type { Grammar } from '../domain/domain.js';

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
