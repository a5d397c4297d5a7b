import { type LogitFilter, REMOVED } from './logit-filter.js';
import { softmax } from './softmax.js';

/**
 * Removes the unlikely tokens whose probabilities, added up from the smallest, reach no more than
 * `1 - p`; the likeliest always stays.
 *
 * @see Holtzman et al. 2020, https://arxiv.org/abs/1904.09751
 */
export function keepTopP(p: number): LogitFilter {
  return (logits) => {
    const probabilities = softmax(logits);
    // All that are this small together do not reach 1 - p: they need not be sorted.
    const small = (1 - p) / logits.length;
    let sum = 0;
    for (const probability of probabilities) if (probability <= small) sum += probability;
    const larger = probabilities.filter((probability) => probability > small).sort();
    let removed = 0;
    while (removed < larger.length - 1 && sum + larger[removed] <= 1 - p) sum += larger[removed++];
    const least = larger[removed];
    // Of those as likely as the least that stays, the later ones go.
    let equals = removed - larger.indexOf(least);
    for (let token = logits.length - 1; token >= 0; token--) {
      const probability = probabilities[token];
      if (probability < least || (probability === least && equals-- > 0)) logits[token] = REMOVED;
    }
  };
}
