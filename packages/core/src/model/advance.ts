import * as tf from '@tensorflow/tfjs-core';

import type { Feed } from './cache-memory.js';
import { checkSequenceTokens, logitsOf, wholePass } from './forward.js';
import { checkSlot, growSlot, type KvCache, reserveTokens } from './kv-cache.js';
import type { Model } from './model.js';
import { checkReader } from './model-in-use.js';
import { rowAdapters } from './lower-adapters.js';
import { withOpenLayer } from './open-layer.js';
import { runSteps } from './run-steps.js';
import { stepRunnerOf } from './step-runners.js';
import {
  type Attend,
  attentionPass,
  type ParameterTensors,
  headShape,
  tensorOps,
  withActivations,
} from './tensor-ops.js';
import { transformer } from './transformer.js';

/** Options of a decoding step: the logits that it returns. */
export interface AdvanceOptions {
  /** The tokens of each feed whose logits are returned: the last one (default), or all of them. */
  readonly logits?: 'last' | 'all';
  /**
   * Array whose first numbers receive the logits, instead of a new array. The logits of eight sequences of
   * GPT-2 take 1.6 MB, and allocating them at each step takes longer than filling them.
   */
  readonly into?: Float32Array;
}

/**
 * Feeds new tokens to slots and stores their keys and values in the cache. A feed may be a whole prompt or one
 * token.
 *
 * @returns the logits after the last token of each feed, `[feeds, V]` row-major; or after all its
 *   tokens, `[tokens, V]`, in the order of the feeds.
 * @throws RangeError if the cache has the layers of another model, a slot does not exist, comes twice or would
 *   exceed the capacity, an id is not in the vocabulary, or `into` is too short.
 * @throws Error if memory for the new keys and values is short.
 */
export function advance(
  model: Model,
  cache: KvCache,
  feeds: readonly Feed[],
  { logits: wanted = 'last', into }: AdvanceOptions = {},
): Float32Array {
  const readers = new Set([model, ...feeds.map((feed) => feed.model ?? model)]);
  for (const reader of readers) checkReader(model, reader);
  const V = model.config.vocabSize;
  checkCache(model, cache);
  checkSlots(cache, feeds);
  for (const feed of feeds) checkFeed(model, cache, feed);
  const rows = feeds.reduce((sum, feed) => sum + (wanted === 'all' ? feed.tokens.length : 1), 0);
  const logits = into ? beginningOf(into, rows * V) : new Float32Array(rows * V);
  for (const { slot, tokens } of feeds) reserveTokens(cache, slot, tokens.length);
  const hasRunners = [...readers].every((reader) => stepRunnerOf(reader));
  (hasRunners ? runSteps : runOpByOp)(model, cache, feeds, wanted, logits);
  for (const { slot, tokens } of feeds) growSlot(cache, slot, tokens.length);
  return logits;
}

function beginningOf(into: Float32Array, count: number): Float32Array {
  if (into.length >= count) return into.subarray(0, count);
  throw new RangeError(`into: expected at least ${count} numbers, got ${into.length}`);
}

/**
 * Called with one head's attention weights in a layer for a new position: a weight for each visible position, the
 * nearest last, or for each memory row of compressed attention.
 */
export type OnLayerWeights = (weights: Float64Array, layer: number, position: number) => void;

/**
 * Feeds new tokens to a slot and reports their attention weights. Runs op by op on every engine.
 *
 * @throws RangeError in the same cases as `advance`.
 */
export function advanceWatched(
  model: Model,
  cache: KvCache,
  feed: Feed,
  onWeights: OnLayerWeights,
): void {
  checkCache(model, cache);
  checkSlot(cache, feed.slot);
  checkFeed(model, cache, feed);
  reserveTokens(cache, feed.slot, feed.tokens.length);
  run(model, cache, [feed], { begin: false, wanted: 'last', onWeights });
  growSlot(cache, feed.slot, feed.tokens.length);
}

function runOpByOp(
  model: Model,
  cache: KvCache,
  feeds: readonly Feed[],
  wanted: 'last' | 'all',
  logits: Float32Array,
): void {
  const { vocabSize: V } = model.config;
  const sizes = feeds.map(({ tokens }) => (wanted === 'all' ? tokens.length : 1) * V);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  // Sequences that begin run the op of training, for which engines have fast kernels. Others read the cache.
  const begins = ({ slot, tokens: { length } }: Feed): boolean =>
    cache.lengths[slot] === 0 && length > 1 && length <= model.config.contextLength;
  for (const group of [feeds.filter(begins), feeds.filter((feed) => !begins(feed))]) {
    if (group.length === 0) continue;
    const rows = run(model, cache, group, { begin: begins(group[0]), wanted });
    let done = 0;
    for (const feed of group) {
      const i = feeds.indexOf(feed);
      logits.set(rows.subarray(done, (done += sizes[i])), starts[i]);
    }
  }
}

interface RunOptions {
  /** Whether the sequences begin with this step, so that the cache has none of their positions. */
  readonly begin: boolean;
  readonly wanted: 'last' | 'all';
  /** Receives the attention weights of sequences that continue. */
  readonly onWeights?: OnLayerWeights;
}

function run(
  model: Model,
  cache: KvCache,
  feeds: readonly Feed[],
  { begin, wanted, onWeights }: RunOptions,
): Float32Array {
  const { config, decoder } = model;
  const counts = feeds.map((feed) => feed.tokens.length);
  const T = Math.max(...counts);
  const [tokens, positions] = [new Int32Array(feeds.length * T), new Int32Array(feeds.length * T)];
  feeds.forEach((feed, row) => {
    tokens.set(Array.from(feed.tokens), row * T);
    for (let t = 0; t < counts[row]; t++) {
      positions[row * T + t] = cache.lengths[feed.slot] + t;
    }
  });
  const { activations = 'f32' } = model.parameters;
  const parameters = model.parameters.tensors();
  const attend = begin
    ? attendFresh(model, parameters, cache, feeds)
    : attendPast(model, parameters, cache, feeds, onWeights);
  const logits = tf.tidy(() => {
    const adapters = rowAdapters(
      feeds.map((feed) => (feed.model ?? model).parameters),
      T,
    );
    const plain = tensorOps(decoder, parameters, { tokens, positions, adapters }, attend);
    const ops = withActivations(activations, plain);
    const hidden = transformer(decoder, ops);
    const rows = counts.flatMap((count, row) =>
      Array.from({ length: count }, (_, t) => row * T + t).slice(wanted === 'all' ? 0 : -1),
    );
    const read: tf.Tensor2D = tf.gather(hidden, tf.tensor1d(rows, 'int32'));
    return logitsOf(config, parameters, T === 1 ? hidden : read);
  });
  // Not inside the tidy, which looks for tensors in every number of a returned array.
  const numbers = logits.dataSync<'float32'>();
  logits.dispose();
  return numbers;
}

/**
 * Returns the attention function of sequences that begin in this step. It attends within the whole sequences, as in
 * training, and fills the cache.
 */
function attendFresh(
  { config, parameters: { activations } }: Model,
  parameters: ParameterTensors,
  cache: KvCache,
  feeds: readonly Feed[],
): Attend {
  const prefixLengths = Int32Array.from(feeds, (feed) => feed.prefixLength ?? 0);
  const batch = { batchSize: feeds.length, prefixLengths };
  const longest = Math.max(...feeds.map(({ tokens }) => tokens.length));
  const pass = wholePass(config, parameters, batch, longest, { activations });
  return (operands, { index }) =>
    withOpenLayer(cache, index, feeds, operands, (rounded, layer) =>
      cache.attention[index].whole(rounded, { ...pass, cache: layer }),
    );
}

/** Returns the attention function of sequences that continue: new positions attend to the positions in the cache. */
function attendPast(
  { config, parameters: { activations = 'f32' } }: Model,
  parameters: ParameterTensors,
  cache: KvCache,
  feeds: readonly Feed[],
  onWeights?: OnLayerWeights,
): Attend {
  const pass = attentionPass(parameters, activations);
  const heads = headShape(config);
  return (operands, { index }) =>
    withOpenLayer(cache, index, feeds, operands, (rounded, layer) =>
      cache.attention[index].cached(rounded, {
        ...pass,
        heads,
        cache: layer,
        ...(onWeights && { onWeights: (weights, position) => onWeights(weights, index, position) }),
      }),
    );
}

/** Checks that a cache has the layers of a model. */
function checkCache({ config: { nLayer, nKvHead, headDim } }: Model, cache: KvCache): void {
  const width = nKvHead * headDim;
  if (cache.layouts.length === nLayer && cache.width === width) return;
  throw new RangeError(
    `cache: expected ${nLayer} layers of ${width} columns, got ${cache.layouts.length} of ${cache.width}`,
  );
}

function checkSlots(cache: KvCache, feeds: readonly Feed[]): void {
  const seen = new Set<number>();
  for (const { slot } of feeds) {
    checkSlot(cache, slot);
    if (seen.has(slot)) {
      throw new RangeError(`feeds: expected each slot once, got ${slot} twice`);
    }
    seen.add(slot);
  }
}

function checkFeed({ decoder }: Model, cache: KvCache, { slot, tokens, prefixLength }: Feed): void {
  const past = cache.lengths[slot];
  checkSequenceTokens(decoder, tokens);
  if (past + tokens.length > cache.capacity) {
    throw new RangeError(
      `tokens: expected at most ${cache.capacity - past} more for a cache of ${cache.capacity}, got ${tokens.length}`,
    );
  }
  if (prefixLength !== undefined && (past > 0 || prefixLength > tokens.length)) {
    throw new RangeError(
      `prefixLength: expected at most the ${past > 0 ? 0 : tokens.length} tokens that begin a sequence, got ${prefixLength}`,
    );
  }
}
