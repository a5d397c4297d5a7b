import { type LogitFilter, REMOVED } from './logit-filter.js';

/** Removes every token except the given ones. */
export function allowTokens(allowed: Iterable<number>): LogitFilter {
  return (logits) => {
    const open = new Float64Array(logits.length).fill(REMOVED);
    for (const token of allowed) open[token] = logits[token];
    logits.set(open);
  };
}
