import { type LogitFilter, REMOVED } from './logit-filter.js';

/** Removes tokens that would complete a run of `size` tokens which prompt and output have already. */
export function blockNgrams(size: number): LogitFilter {
  return (logits, { tokens }) => {
    const before = size - 1;
    const start = tokens.length - before;
    for (let i = 0; i < start; i++) {
      let isSame = true;
      for (let j = 0; j < before && isSame; j++) isSame = tokens[i + j] === tokens[start + j];
      if (isSame) logits[tokens[i + before]] = REMOVED;
    }
  };
}
