import { REMOVED } from './filters/softmax.js';

/**
 * Finds the tokens with the largest values, largest first; ties go to the smaller id.
 *
 * @param values - One for each token: logits, or sort keys. Removed tokens have `-Infinity`.
 * @returns `count` tokens, or all that are not removed.
 */
export function largestTokens(values: ArrayLike<number>, count: number): number[] {
  const tokens: number[] = [];
  if (count === 0) return tokens;
  let min = REMOVED;
  for (
    let token = firstAbove(min, values, 0);
    token < values.length;
    token = firstAbove(min, values, token + 1)
  ) {
    let at = Math.min(tokens.length, count - 1);
    for (; at > 0 && values[tokens[at - 1]] < values[token]; at--) tokens[at] = tokens[at - 1];
    tokens[at] = token;
    if (tokens.length === count) min = values[tokens[count - 1]];
  }
  return tokens;
}

/**
 * Returns the first index from `from` on of a value above `min`; the length if no value is. This loop is separate,
 * because it passes nearly all of a vocabulary and takes half the time of a longer loop.
 */
function firstAbove(min: number, values: ArrayLike<number>, from: number): number {
  let token = from;
  while (token < values.length && !(values[token] > min)) token++;
  return token;
}
