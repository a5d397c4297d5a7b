import { cutBelow } from './cut-epsilon.js';
import type { LogitFilter } from './logit-filter.js';
import { entropyOf, softmax } from './softmax.js';

/**
 * Removes tokens of a probability below `min(eta, sqrt(eta) * exp(-entropy))`: less is cut where the
 * model is sure of nothing. The likeliest always stays.
 *
 * @see Hewitt et al. 2022, section 4, https://arxiv.org/abs/2210.15191
 */
export function cutEta(eta: number): LogitFilter {
  return (logits) => {
    const probabilities = softmax(logits);
    const least = Math.min(eta, Math.sqrt(eta) * Math.exp(-entropyOf(probabilities)));
    cutBelow(logits, probabilities, least);
  };
}
