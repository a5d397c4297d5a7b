import type { Grammar } from '../domain/domain.js';

/**
 * The end of a sequence that is longer than what a model can read, behind what a grammar restates of the
 * tokens that are left out.
 *
 * @param room - Number of tokens to keep, those that restate among them; fewer than the sequence has.
 * @returns at most `room` tokens, the newest of the sequence always among them; the end alone where
 *   restating leaves no room for any.
 */
export function lastTokens(
  tokens: readonly number[],
  room: number,
  grammar: Pick<Grammar<unknown>, 'restate'> | undefined,
): number[] {
  const end = tokens.length - room;
  if (!grammar?.restate) return tokens.slice(end);
  // What is restated takes the place of the oldest tokens; they may change what is to be restated.
  for (let start = end; start < tokens.length; start++) {
    const restated = Array.from(grammar.restate(tokens.slice(0, start)));
    if (restated.length <= start - end) return [...restated, ...tokens.slice(start)];
  }
  return tokens.slice(end);
}
