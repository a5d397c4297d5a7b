import { type Model, scoreExample, type TokenExample } from '@ramble/core';

/**
 * Log-probability of each token of an example but the first, given those before it, in nats. Where an
 * example is longer than the context it is read in windows that overlap by half, so that every token
 * has at least half a context before it.
 *
 * @throws RangeError for fewer than two tokens, or an example with a prefix that does not fit.
 */
export function logProbabilities(model: Model, example: TokenExample): Float64Array {
  const { contextLength } = model.config;
  const { length } = example.tokens;
  const isWhole = model.decoder.hasPrefix || length <= model.decoder.maxPositions + 1;
  if (isWhole) return scoreExample(model, example);
  const tokens = Array.from(example.tokens);
  const scores = new Float64Array(length - 1);
  const stride = Math.ceil(contextLength / 2);
  let known = 0;
  for (let start = 0; known < scores.length; start += stride) {
    const window = tokens.slice(start, start + contextLength + 1);
    const found = scoreExample(model, { tokens: window, lossWeights: window.map(() => 1) });
    scores.set(found.subarray(known - start), known);
    known = start + found.length;
  }
  return scores;
}
