import type { LayerAttention } from '../attention/attention-kind.js';
import type { TokenPrompt } from '../domain/domain.js';
import { advance, advanceWatched } from '../model/advance.js';
import type { Decoder } from '../model/decoder.js';
import { createKvCache, truncateSlot } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { promptBatch, tokenRows } from './cache-growth.js';
import { record, type Recorder, type ScoreTable, scoresRecorder } from './score-table.js';

/**
 * Returns the mean attention weight of an output on each token of its prompt: the mean of the rows of
 * `sourceRows`.
 *
 * @param pair - The prompt and, from `outputStart` on, the output. Without `outputStart` all tokens are the
 *   prompt, and the result is the attention that chose the first token of the output.
 * @returns a weight from 0 to 1 for each token of the prompt except the last, which separates it from the output.
 * @throws RangeError for an empty pair, or one longer than the context.
 */
export function sourceAttention(model: Model, pair: TokenPrompt): Float32Array {
  const rows = sourceRows(model, pair);
  return rows[0].map((_, seen) => rows.reduce((sum, row) => sum + row[seen], 0) / rows.length);
}

/**
 * Returns the attention weights of each token of an output on each token of its prompt: the mean over layers and
 * heads at the position that chose the output's token. Weights on the output itself are left out, so a row sums
 * to less than 1. The prompt is read as for decoding, so that memory grows linearly with the number of tokens.
 *
 * @param pair - The prompt and, from `outputStart` on, the output. Without `outputStart` all tokens are the
 *   prompt, and the only row is the attention that chose the first token of the output.
 * @returns a row for each token of the output, with a weight from 0 to 1 for each token of the prompt except the
 *   last.
 * @throws RangeError for an empty pair, or one longer than the context.
 */
export function sourceRows(model: Model, pair: TokenPrompt): Float32Array[] {
  const { config, decoder } = model;
  const tokens = promptBatch(config, pair).tokens;
  const { outputStart = tokens.length, prefixLength } = pair;
  const first = Math.max(0, outputStart - 1); // the position that chose the first token
  // The end follows the last token, and is not part of the output.
  const last = Math.max(first + 1, tokens.length - 1);
  const rows = Array.from({ length: last - first }, () => new Float32Array(first));
  if (first < 1) return rows;
  const cache = createKvCache(decoder, 1, last);
  advance(model, cache, [{ slot: 0, tokens: tokens.subarray(0, outputStart), prefixLength }]);
  // Reads the last token of a prefix again, because a prefix is read as a whole without watching.
  truncateSlot(cache, 0, first);
  const scale = 1 / (config.nLayer * config.nHead);
  const feed = { slot: 0, tokens: tokens.subarray(first, last) };
  advanceWatched(model, cache, feed, (weights, layer, position) => {
    addToTokens(rows[position - first], weights, scale, cache.attention[layer], position);
  });
  return rows;
}

/** Adds the attention weights of a position to the tokens that each key represents (one, or a group of them). */
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

/**
 * Returns the attention weights of every token of a prompt.
 *
 * @returns `weights[layer][head][position][seen]`.
 */
export function attentionWeights(model: Model, prompt: TokenPrompt): HeadWeights[][] {
  return record(model, prompt, attentionRecorder(model.decoder));
}

/** Records the attention weights of every head, `weights[layer][head]`. */
export function attentionRecorder({ layers }: Decoder): Recorder<HeadWeights[][]> {
  const weights: HeadWeights[][] = [];
  return {
    watch: ({ step, value }) => {
      if (step !== 'attention.weights') return;
      weights.push(tokenRows(value, 'weights', layers[weights.length].attention));
    },
    result: () => weights,
  };
}

/**
 * Returns the attention weights of one position, averaged over the heads of a layer.
 *
 * @param heads - Weights of each head, `heads[head][position][seen]`.
 */
export function meanOfHeads(heads: readonly HeadWeights[], position: number): Float32Array {
  return heads[0][position].map(
    (_, seen) => heads.reduce((sum, rows) => sum + rows[position][seen], 0) / heads.length,
  );
}

/**
 * Records the scores and weights of every head among the last tokens of a prompt, `tables[layer][head]`: a
 * corner of the whole table. Whole tables of all heads would not fit into memory.
 *
 * @param count - Number of tokens.
 */
export function lastScoresRecorder(decoder: Decoder, count: number): Recorder<ScoreTable[][]> {
  const recorders = decoder.layers.map(({ index }) => scoresRecorder(decoder, index, count));
  return {
    watch: (step) => {
      for (const { watch } of recorders) watch(step);
    },
    result: () => recorders.map(({ result }) => result()),
  };
}

/** Attention weights of one head: `weights[position][seen]`; a row sums to 1. */
export type HeadWeights = readonly Float32Array[];

/** The tokens of a prompt and the attention of every head among them, for pictures. */
export interface PromptAttention {
  readonly tokens: readonly { readonly token: number; readonly word: string }[];
  /** Attention weights, indexed `attention[layer][head][position][seen]`. */
  readonly attention: readonly (readonly HeadWeights[])[];
}
