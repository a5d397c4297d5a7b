import { type LogitFilter, REMOVED } from './logit-filter.js';
import { largest } from './softmax.js';

/**
 * Removes tokens whose probability is below `minP` times that of the most likely one.
 *
 * @see Nguyen et al. 2024, https://arxiv.org/abs/2407.01082
 */
export function keepMinP(minP: number): LogitFilter {
  return (logits) => {
    const highest = largest(logits);
    for (let token = 0; token < logits.length; token++) {
      // The probabilities' ratio: their sum need not be known.
      if (Math.exp(logits[token] - highest) < minP) logits[token] = REMOVED;
    }
  };
}
