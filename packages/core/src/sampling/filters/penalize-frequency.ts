import type { LogitFilter } from './logit-filter.js';

/**
 * `logit - count * frequency - (count > 0) * presence`, with the count of the token in prompt and
 * output: OpenAI's penalties, which Hugging Face does not have.
 *
 * @param frequency - Above 0 against repetition, below 0 for it; likewise `presence`.
 */
export function penalizeFrequency(frequency: number, presence: number): LogitFilter {
  return (logits, { tokens }) => {
    const seen = new Set<number>();
    for (const token of tokens) {
      if (!seen.has(token)) logits[token] -= presence;
      seen.add(token);
      logits[token] -= frequency;
    }
  };
}
