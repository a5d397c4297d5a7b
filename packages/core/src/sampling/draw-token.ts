import type { Replacement } from '../domain/domain.js';
import { logSumExp, REMOVED, weigh } from './filters/softmax.js';

/** A token that was drawn from logits. */
export interface DrawnToken {
  /** The chosen token; `undefined` if all are removed by filters. */
  readonly token?: number;
  /** Logarithm of the sum of `exp(logit)` over all logits. */
  readonly logSum: number;
}

/**
 * Number of tokens in a block. `drawToken` adds up probabilities block by block, and skips blocks that do not contain
 * the drawn token.
 */
const BLOCK = 64;

/** Reused buffer for the probabilities of a vocabulary, which is too large to allocate for each token. */
let scratch = new Float64Array(0);

/**
 * Draws a token: divides the unit interval by the tokens' probabilities, in the order of their ids.
 *
 * @param uniform - A random number in `[0, 1)`.
 * @returns the token whose interval contains the number.
 */
export function drawToken(logits: ArrayLike<number>, uniform: number): DrawnToken {
  if (scratch.length !== logits.length) scratch = new Float64Array(logits.length);
  const probabilities = scratch;
  const logSum = weigh(logits, probabilities);
  let [start, remaining] = [0, uniform];
  while (start + BLOCK <= probabilities.length) {
    const sum = blockSum(probabilities, start);
    if (!(sum <= remaining)) break;
    remaining -= sum;
    start += BLOCK;
  }
  for (let token = start; token < probabilities.length; token++) {
    remaining -= probabilities[token];
    if (remaining < 0) return { token, logSum };
  }
  let last = probabilities.length - 1; // a rounding error left a rest
  while (last >= 0 && !(probabilities[last] > 0)) last--;
  return { token: last < 0 ? undefined : last, logSum };
}

/** Sums a block with four independent sums, so that no addition waits for another. */
function blockSum(probabilities: Float64Array, start: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = start; i < start + BLOCK; i += 4) {
    a += probabilities[i];
    b += probabilities[i + 1];
    c += probabilities[i + 2];
    d += probabilities[i + 3];
  }
  return a + b + (c + d);
}

/** Returns the token with the largest logit; ties go to the smaller id; `undefined` if all tokens are removed. */
export function likeliestToken(logits: ArrayLike<number>): number | undefined {
  let best: number | undefined;
  let highest = REMOVED;
  for (let token = 0; token < logits.length; token++) {
    if (logits[token] > highest) [best, highest] = [token, logits[token]];
  }
  return best;
}

/**
 * Adds the probability of refused tokens to the tokens that replace them. The logits of refused tokens stay
 * unchanged; the grammar removes them later.
 */
export function replaceRefused(logits: Float64Array, { refused, by }: Replacement): void {
  const [lost, kept] = [refused, by].map((tokens) =>
    Array.from(tokens, (token) => logits[token]).filter((logit) => logit !== REMOVED),
  );
  // Without probability on one of the sides, nothing changes.
  if (lost.length === 0 || kept.length === 0) return;
  const gained = logSumExp(lost) - logSumExp(kept);
  const nats = Math.max(0, gained) + Math.log1p(Math.exp(-Math.abs(gained)));
  for (const token of by) logits[token] += nats;
}

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
