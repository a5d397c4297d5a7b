import { type LogitFilter, REMOVED } from './logit-filter.js';

/** Removes tokens where an output begins. */
export function suppressAtBegin(suppressed: readonly number[]): LogitFilter {
  return (logits, { tokens, promptLength }) => {
    if (tokens.length > promptLength) return;
    for (const token of suppressed) logits[token] = REMOVED;
  };
}
