import type { Grammar, TokenPrompt } from '../domain/domain.js';
import { likeliestToken } from './draw-token.js';
import { logSumExp, REMOVED, softmax } from './filters/softmax.js';
import { filterLogits, type SamplingRules } from './sampling-rules.js';

/**
 * Returns the state of a grammar after a prompt and the output so far.
 *
 * @param output - Tokens after the prompt.
 */
export function grammarStateAfter(
  grammar: Grammar<unknown>,
  prompt: TokenPrompt,
  output: readonly number[],
): unknown {
  return output.reduce<unknown>(
    (state, token) => grammar.advance(state, token),
    grammar.start(prompt),
  );
}

/**
 * Computes the probabilities from which the next token of an output is chosen: the model's, after the grammar, the
 * temperature and all other filters.
 *
 * @param logits - The model's logits after the prompt and the output so far, `[V]`.
 * @param output - Tokens of the output so far.
 * @param state - State of the grammar after the output so far; by default, it is computed.
 * @returns one probability per token, `[V]`; 0 for a removed token. With the method greedy and one beam, the most
 *   likely token has 1. With several beams, these are the probabilities by which beams are scored. They need not sum
 *   to 1: filters apply to log-probabilities, and the rest is not renormalized, as in Hugging Face's beam search.
 * @throws RangeError if a logit is NaN.
 */
export function nextDistribution(
  rules: SamplingRules,
  logits: Float32Array,
  prompt: TokenPrompt,
  output: readonly number[] = [],
  state: unknown = rules.grammar && grammarStateAfter(rules.grammar, prompt, output),
): Float64Array {
  const { config } = rules;
  const { tokens, outputStart } = prompt;
  const written = {
    tokens: [...Array.from(tokens), ...output],
    ...{ promptLength: tokens.length, outputStart },
  };
  const hasBeams = config.numBeams > 1;
  const logSum = logSumExp(logits);
  const scores = Float64Array.from(logits, (logit) => (hasBeams ? logit - logSum : logit));
  const filtered = filterLogits(rules, scores, written, state);
  if (hasBeams) return filtered.map(Math.exp);
  if (config.method === 'greedy') {
    const best = likeliestToken(filtered);
    return filtered.map((_, token) => (token === best ? 1 : 0));
  }
  return filtered.every((logit) => logit === REMOVED) ? filtered.fill(0) : softmax(filtered);
}
