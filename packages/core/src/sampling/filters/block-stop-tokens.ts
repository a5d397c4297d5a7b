import { type LogitFilter, REMOVED } from './logit-filter.js';

/** Removes stop tokens while an output has fewer than `minNewTokens` tokens. */
export function blockStopTokens(minNewTokens: number, stopTokens: readonly number[]): LogitFilter {
  return (logits, { tokens, promptLength }) => {
    if (tokens.length - promptLength >= minNewTokens) return;
    for (const token of stopTokens) logits[token] = REMOVED;
  };
}
