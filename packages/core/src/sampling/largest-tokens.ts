import { REMOVED } from './filters/logit-filter.js';

/**
 * The tokens of the largest values, the largest first, of equal ones the smaller id.
 *
 * @param values - One for each token: logits, or keys to choose by. One that is removed has none.
 * @returns `count` of them, or all that are left.
 */
export function largestTokens(values: ArrayLike<number>, count: number): number[] {
  const tokens: number[] = [];
  if (count === 0) return tokens;
  let least = REMOVED;
  for (let token = 0; token < values.length; token++) {
    const value = values[token];
    if (!(value > least)) continue;
    let at = tokens.length;
    while (at > 0 && values[tokens[at - 1]] < value) at--;
    tokens.splice(at, 0, token);
    if (tokens.length > count) tokens.pop();
    if (tokens.length === count) least = values[tokens[count - 1]];
  }
  return tokens;
}
