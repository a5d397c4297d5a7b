import { type LogitFilter, REMOVED } from './logit-filter.js';

/**
 * Removes tokens that would complete a run of `size` tokens which prompt and output have already; an
 * answer may have what its question has.
 */
export function blockNgrams(size: number): LogitFilter {
  return (logits, { tokens, outputStart = 0 }) => {
    const before = size - 1;
    const start = tokens.length - before;
    for (let i = outputStart; i < start; i++) {
      let isSame = true;
      for (let j = 0; j < before && isSame; j++) isSame = tokens[i + j] === tokens[start + j];
      if (isSame) logits[tokens[i + before]] = REMOVED;
    }
  };
}
