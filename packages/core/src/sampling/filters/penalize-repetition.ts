import type { LogitFilter } from './logit-filter.js';

/**
 * Makes every token of prompt and output less likely, once however often it stands there: a positive
 * logit is divided by the penalty, a negative one multiplied with it.
 *
 * @param penalty - Above 1 against repetition, below 1 for it.
 * @see Keskar et al. 2019, section 4.1, https://arxiv.org/abs/1909.05858
 */
export function penalizeRepetition(penalty: number): LogitFilter {
  return (logits, { tokens }) => {
    for (const token of new Set(tokens)) {
      logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
    }
  };
}
