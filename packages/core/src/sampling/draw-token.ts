import { REMOVED } from './filters/logit-filter.js';
import { softmax } from './filters/softmax.js';

/**
 * Divides the unit interval by the tokens' probabilities, in the order of their ids.
 *
 * @param uniform - A random number in `[0, 1)`.
 * @returns the token whose part it falls in; `undefined` when all are removed.
 */
export function drawToken(logits: ArrayLike<number>, uniform: number): number | undefined {
  const probabilities = softmax(logits);
  let remaining = uniform;
  let last: number | undefined;
  for (let token = 0; token < probabilities.length; token++) {
    if (!(probabilities[token] > 0)) continue;
    remaining -= probabilities[token];
    if (remaining < 0) return token;
    last = token;
  }
  return last; // rounding left a crumb
}

/** The first of the likeliest tokens; `undefined` when all are removed. */
export function likeliestToken(logits: ArrayLike<number>): number | undefined {
  let best: number | undefined;
  let highest = REMOVED;
  for (let token = 0; token < logits.length; token++) {
    if (logits[token] > highest) [best, highest] = [token, logits[token]];
  }
  return best;
}
