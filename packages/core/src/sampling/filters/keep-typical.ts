import { type LogitFilter, REMOVED, remaining } from './logit-filter.js';
import { entropyOf, softmax } from './softmax.js';

/**
 * Keeps the tokens whose `-log(probability)` is nearest to the entropy, as many as together reach
 * `mass`, and those that are as near as the last of them.
 *
 * @see Meister et al. 2023, https://arxiv.org/abs/2202.00666
 */
export function keepTypical(mass: number): LogitFilter {
  return (logits) => {
    const probabilities = softmax(logits);
    const entropy = entropyOf(probabilities);
    const distances = probabilities.map((probability) => Math.abs(Math.log(probability) + entropy));
    const nearestFirst = remaining(logits).sort((a, b) => distances[a] - distances[b]);
    let sum = 0;
    let farthest = 0;
    for (const token of nearestFirst) {
      if (sum < mass) farthest = distances[token];
      else if (distances[token] > farthest) logits[token] = REMOVED;
      sum += probabilities[token];
    }
  };
}
