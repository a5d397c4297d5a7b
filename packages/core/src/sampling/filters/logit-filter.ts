/** What a filter may use in addition to the logits. */
export interface Written {
  /** Prompt and output. */
  readonly tokens: readonly number[];
  readonly promptLength: number;
  /**
   * Index of the first token of the output, for a prompt that says it; otherwise the output
   * continues the prompt's text.
   */
  readonly outputStart?: number;
}

/**
 * A filter that changes the logits of the next token in place, one logit per token of the
 * vocabulary.
 */
export type LogitFilter = (logits: Float64Array, written: Written) => void;

/** A filter removes a token by giving it this logit. */
export const REMOVED = -Infinity;

/** The tokens that no filter has removed, in the order of their ids. */
export function remaining(logits: Float64Array): number[] {
  const tokens: number[] = [];
  for (let token = 0; token < logits.length; token++) {
    if (logits[token] !== REMOVED) tokens.push(token);
  }
  return tokens;
}
