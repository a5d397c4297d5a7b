import type { LogitFilter } from './logit-filter.js';

/**
 * Makes stop tokens likelier with each token beyond `start` of the output: a logit grows by
 * `|logit| (factor^n - 1)` behind n of them.
 */
export function raiseStopTokens(
  start: number,
  factor: number,
  stopTokens: readonly number[],
): LogitFilter {
  return (logits, { tokens, promptLength }) => {
    const beyond = tokens.length - promptLength - start;
    if (beyond <= 0) return;
    for (const token of stopTokens) {
      const logit = logits[token];
      if (Number.isFinite(logit)) logits[token] += Math.abs(logit) * (factor ** beyond - 1);
    }
  };
}
