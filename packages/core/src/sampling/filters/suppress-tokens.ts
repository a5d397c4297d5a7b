import { type LogitFilter, REMOVED } from './logit-filter.js';

/** Removes these tokens. */
export function suppressTokens(suppressed: readonly number[]): LogitFilter {
  return (logits) => {
    for (const token of suppressed) logits[token] = REMOVED;
  };
}
