import type { Replacement } from '../domain/domain.js';
import { REMOVED } from './filters/logit-filter.js';
import { logSumExp } from './filters/softmax.js';

/**
 * Gives the probability of refused tokens to those that they are replaced by. What is refused keeps its own,
 * which a grammar then removes.
 */
export function replaceRefused(logits: Float64Array, { refused, by }: Replacement): void {
  const [lost, kept] = [refused, by].map((tokens) =>
    Array.from(tokens, (token) => logits[token]).filter((logit) => logit !== REMOVED),
  );
  // Tokens of no probability have no proportions.
  if (lost.length === 0 || kept.length === 0) return;
  const gained = logSumExp(lost) - logSumExp(kept);
  const nats = Math.max(0, gained) + Math.log1p(Math.exp(-Math.abs(gained)));
  for (const token of by) logits[token] += nats;
}
