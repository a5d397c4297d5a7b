import { REMOVED } from './filters/logit-filter.js';
import { weigh } from './filters/softmax.js';

/** A choice among logits. */
export interface Drawn {
  /** `undefined` when all are removed. */
  readonly token?: number;
  /** `log(sum(exp(logit)))`. */
  readonly logSum: number;
}

/** For the probabilities of one call: a vocabulary of them is too much to throw away for each token. */
let scratch = new Float64Array(0);

/**
 * Divides the unit interval by the tokens' probabilities, in the order of their ids.
 *
 * @param uniform - A random number in `[0, 1)`.
 * @returns the token whose part it falls in.
 */
export function drawToken(logits: ArrayLike<number>, uniform: number): Drawn {
  if (scratch.length !== logits.length) scratch = new Float64Array(logits.length);
  const probabilities = scratch;
  const logSum = weigh(logits, probabilities);
  let remaining = uniform;
  let last: number | undefined;
  for (let token = 0; token < probabilities.length; token++) {
    if (!(probabilities[token] > 0)) continue;
    remaining -= probabilities[token];
    if (remaining < 0) return { token, logSum };
    last = token;
  }
  return { token: last, logSum }; // rounding left a crumb
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
