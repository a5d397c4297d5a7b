import { largestTokens, logitEntropy, logSumExp } from '@ramble/core/sampling';

import type { LikelyToken, PageToken, WrittenToken } from './contract.js';

/** Probability distribution of the next token from its logits, before temperature and filters. */
export interface Distribution {
  /** The entropy, in bits. */
  readonly entropy: number;
  /** Returns the probability of a token. */
  probability(id: number): number;
  /** Returns the most probable tokens in descending order; on a tie, the smaller id comes first. */
  likeliest(count: number): LikelyToken[];
  /** Returns a token with its probability and rank. */
  readonly token: (id: number) => LikelyToken;
  /** Returns a token of a text, with the most probable tokens for its position. */
  written(id: number, alternatives: number): WrittenToken;
}

/**
 * Computes the distribution of logits.
 *
 * @param logits - Logits of a position, `[V]`.
 * @param describe - Returns a token's description for the page.
 * @throws RangeError if a logit is NaN.
 */
export function distribution(
  logits: ArrayLike<number>,
  describe: (id: number) => PageToken,
): Distribution {
  const logSum = logSumExp(logits);
  const probability = (id: number): number => Math.exp(logits[id] - logSum);
  const entropy = logitEntropy(logits) / Math.LN2;
  const likeliest = (count: number): LikelyToken[] =>
    largestTokens(logits, Math.min(count, logits.length)).map((id, i) => {
      return { ...describe(id), probability: probability(id), rank: i + 1 };
    });
  const token = (id: number): LikelyToken => {
    return { ...describe(id), probability: probability(id), rank: rankOf(logits, id) };
  };
  return {
    entropy,
    probability,
    likeliest,
    token,
    written: (id, alternatives) => ({
      ...token(id),
      entropy,
      alternatives: likeliest(alternatives),
    }),
  };
}

/** Returns the rank of a token, from 1. */
function rankOf(logits: ArrayLike<number>, id: number): number {
  const own = logits[id];
  let before = 0;
  for (let other = 0; other < logits.length; other++) {
    if (logits[other] > own || (logits[other] === own && other < id)) before++;
  }
  return before + 1;
}
