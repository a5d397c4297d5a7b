import type { Replacement } from '../domain/domain.js';

/**
 * Gives the probability of refused tokens to those that they are replaced by. What is refused keeps its own,
 * which a grammar then removes.
 */
export function replaceRefused(logits: Float64Array, { refused, by }: Replacement): void {
  const gained = logSumExp(logits, refused) - logSumExp(logits, by);
  // Tokens of no probability have no proportions.
  if (!Number.isFinite(gained)) return;
  const nats = Math.max(0, gained) + Math.log1p(Math.exp(-Math.abs(gained)));
  for (const token of by) logits[token] += nats;
}

function logSumExp(logits: Float64Array, tokens: Iterable<number>): number {
  let most = -Infinity;
  let sum = 0;
  for (const token of tokens) {
    const logit = logits[token];
    if (logit === -Infinity) continue;
    const higher = Math.max(most, logit);
    sum = sum * Math.exp(most - higher) + Math.exp(logit - higher);
    most = higher;
  }
  return most + Math.log(sum);
}
