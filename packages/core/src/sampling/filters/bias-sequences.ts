import type { LogitFilter } from './logit-filter.js';

/** Makes a token, or the last of several in a row, likelier or less likely. */
export interface LogitBias {
  /** One token; or several, of which the last is meant where the others stand before it. */
  readonly tokens: readonly number[];
  /** Added to the logit; `-Infinity` rules the token out. */
  readonly bias: number;
}

/**
 * Adds to the logits of tokens that would complete one of the sequences. Of two biases for the same
 * tokens the later one counts.
 */
export function biasSequences(biases: readonly LogitBias[]): LogitFilter {
  const last = new Map(biases.map((each) => [each.tokens.join(), each]));
  return (logits, { tokens }) => {
    for (const { tokens: sequence, bias } of last.values()) {
      const before = sequence.length - 1;
      if (before > tokens.length) continue;
      const start = tokens.length - before;
      let isAtEnd = true;
      for (let i = 0; i < before && isAtEnd; i++) isAtEnd = tokens[start + i] === sequence[i];
      if (isAtEnd) logits[sequence[before]] += bias;
    }
  };
}
