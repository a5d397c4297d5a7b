import { type LogitFilter, REMOVED } from './logit-filter.js';

/** Leaves nothing but one token where an output reaches its maximum length. */
export function forceLastToken(maxNewTokens: number, forced: number): LogitFilter {
  return (logits, { tokens, promptLength }) => {
    if (tokens.length - promptLength === maxNewTokens - 1) logits.fill(REMOVED)[forced] = 0;
  };
}
