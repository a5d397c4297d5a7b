import type { LayerAttention } from '../attention/attention-kind.js';
import type { TokenPrompt } from '../domain/domain.js';
import { advance, advanceWatched } from '../model/advance.js';
import { createKvCache, truncateSlot } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';

import { promptBatch } from './prompt-batch.js';

/**
 * How much an output looked at each token of what it answers: the mean of the rows of `sourceRows`.
 *
 * @param pair - What was asked and, from `outputStart` on, the output; with all of it as prompt where
 *   that is absent, what chose the first token alone.
 * @returns a share of 1 for each token before the last one of the prompt, which separates the two.
 * @throws RangeError for an empty pair, or one longer than the context.
 */
export function sourceAttention(model: Model, pair: TokenPrompt): Float32Array {
  const rows = sourceRows(model, pair);
  return rows[0].map((_, seen) => rows.reduce((sum, row) => sum + row[seen], 0) / rows.length);
}

/**
 * How much each token of an output looked at each token of what it answers: the mean over layers and heads at
 * the position that chose it. What went to the output itself is missing, so the sum is below 1. The prompt is
 * read as for decoding, so that memory grows with the tokens of both, not with their square.
 *
 * @param pair - What was asked and, from `outputStart` on, the output; with all of it as prompt where
 *   that is absent, what chose the first token alone.
 * @returns a row for each token of the output, with a share of 1 for each token before the last one of the
 *   prompt.
 * @throws RangeError for an empty pair, or one longer than the context.
 */
export function sourceRows(model: Model, pair: TokenPrompt): Float32Array[] {
  const { config, decoder } = model;
  const tokens = promptBatch(config, pair).tokens;
  const { outputStart = tokens.length, prefixLength } = pair;
  const first = Math.max(0, outputStart - 1); // the position that chose the first token
  // After the last token comes the end, which is no word of the output.
  const last = Math.max(first + 1, tokens.length - 1);
  const rows = Array.from({ length: last - first }, () => new Float32Array(first));
  if (first < 1) return rows;
  const cache = createKvCache(decoder, 1, last);
  advance(model, cache, [{ slot: 0, tokens: tokens.subarray(0, outputStart), prefixLength }]);
  // Its last token once more, to be watched: a prefix is read as a whole.
  truncateSlot(cache, 0, first);
  const scale = 1 / (config.nLayer * config.nHead);
  const feed = { slot: 0, tokens: tokens.subarray(first, last) };
  advanceWatched(model, cache, feed, (weights, layer, position) => {
    addToTokens(rows[position - first], weights, scale, cache.attention[layer], position);
  });
  return rows;
}

/** Adds what a position weighs to the tokens that it stands for. */
function addToTokens(
  shares: Float32Array,
  weights: Float64Array,
  scale: number,
  attention: LayerAttention,
  position: number,
): void {
  const first = attention.firstSeen(position);
  const count = Math.min(shares.length, position + 1) - first;
  if (count <= 0) return;
  const byToken = attention.byToken(weights, 'weights', count);
  for (let i = 0; i < count; i++) shares[first + i] += scale * byToken[i];
}
