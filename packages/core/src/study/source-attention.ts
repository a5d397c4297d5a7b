import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import { watchWeights } from './attention-weights.js';
import { watchModel } from './watch-model.js';

/**
 * How much an output looked at each token of what it answers: the mean over layers, heads and the
 * positions that chose its tokens. What went to the output itself is missing, so the sum is below 1.
 * The weights of one layer at a time are kept.
 *
 * @param pair - What was asked and, from `outputStart` on, the output; with all of it as prompt where
 *   that is absent, what chose the first token alone.
 * @returns a share of 1 for each token before the last one of the prompt, which separates the two.
 * @throws RangeError for an empty pair, or one longer than the context.
 */
export function sourceAttention(model: Model, pair: TokenPrompt): Float32Array {
  const { tokens, outputStart = tokens.length } = pair;
  const shares = new Float32Array(Math.max(0, outputStart - 1));
  // Behind the last token comes the end, which is no word of the output.
  const last = Math.max(outputStart, tokens.length - 1);
  const { nLayer, nHead } = model.config;
  const rowCount = nLayer * nHead * (last - outputStart + 1);
  const add = (row: Float32Array): void => {
    for (let i = 0; i < shares.length; i++) shares[i] += row[i] / rowCount;
  };
  const watch = watchWeights(model.config, (heads) => {
    for (const rows of heads) rows.slice(outputStart - 1, last).forEach(add);
  });
  watchModel(model, pair, watch);
  return shares;
}
