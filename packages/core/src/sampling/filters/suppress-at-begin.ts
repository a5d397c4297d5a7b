import { type LogitFilter, REMOVED } from './logit-filter.js';

/** Removes tokens at the start of an output. */
export function suppressAtBegin(suppressed: readonly number[]): LogitFilter {
  return (logits, { tokens, promptLength }) => {
    if (tokens.length > promptLength) return;
    for (const token of suppressed) logits[token] = REMOVED;
  };
}
