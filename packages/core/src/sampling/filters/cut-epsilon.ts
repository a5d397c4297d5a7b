import { type LogitFilter, REMOVED } from './logit-filter.js';
import { largest, softmax } from './softmax.js';

/**
 * Removes tokens of a probability below `epsilon`; the likeliest always stays.
 *
 * @see Hewitt et al. 2022, https://arxiv.org/abs/2210.15191
 */
export function cutEpsilon(epsilon: number): LogitFilter {
  return (logits) => cutBelow(logits, softmax(logits), epsilon);
}

/** Removes tokens with a probability below `least`, except the most likely one. */
export function cutBelow(logits: Float64Array, probabilities: Float64Array, least: number): void {
  const highest = largest(logits);
  for (let token = 0; token < logits.length; token++) {
    if (probabilities[token] < least && logits[token] < highest) logits[token] = REMOVED;
  }
}
