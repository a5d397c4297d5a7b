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
    const larger: number[] = [];
    for (let token = 0; token < logits.length; token++) {
      if (probabilities[token] > small) larger.push(token);
      else {
        sum += probabilities[token];
        logits[token] = REMOVED;
      }
    }
    larger.sort((a, b) => logits[a] - logits[b] || b - a); // of equals the later goes first
    larger.pop();
    for (const token of larger) {
      sum += probabilities[token];
      if (sum > 1 - p) return;
      logits[token] = REMOVED;
    }
  };
}
