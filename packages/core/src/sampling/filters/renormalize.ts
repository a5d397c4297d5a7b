import { type LogitFilter, REMOVED } from './logit-filter.js';
import { logSumExp } from './softmax.js';

/** Turns logits into the logarithms of probabilities that add up to one. */
export function renormalize(): LogitFilter {
  return (logits) => {
    if (logits.every((logit) => logit === REMOVED)) return;
    const logSum = logSumExp(logits);
    for (let token = 0; token < logits.length; token++) logits[token] -= logSum;
  };
}
