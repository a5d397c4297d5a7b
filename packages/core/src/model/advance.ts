import * as tf from '@tensorflow/tfjs-core';

import type { ModelConfig } from '../config/model-config.js';
import { sinusoids } from '../ops/sinusoids.js';
import { attendCached, type CachedSinusoids, type OnWeights } from './attend-cached.js';
import {
  type BatchRows,
  completeGroups,
  type NewTokens,
  storeInputs,
  storeKeyValues,
  storeMemory,
} from './cached-rows.js';
import {
  attendingTo,
  checkSequenceTokens,
  distancesOf,
  firstColumnOf,
  logitsOf,
  sinusoidsOf,
} from './forward.js';
import { checkSequence, growSequence, type KvCache } from './kv-cache.js';
import type { Model } from './model.js';
import { checkInUse } from './model-in-use.js';
import { runSteps } from './run-steps.js';
import { stepRunnerOf } from './step-runner.js';
import { type Attending, tensorOps, type ParameterTensors } from './tensor-ops.js';
import { type GroupMemory, transformer } from './transformer.js';

/** New tokens of one sequence. */
export interface Feed {
  /** Place of the sequence in the cache. */
  readonly sequence: number;
  /** At least one. */
  readonly tokens: ArrayLike<number>;
  /** How many of them see one another both ways; only at the beginning of a sequence. */
  readonly prefixLength?: number;
}

export interface AdvanceOptions {
  /** After which of a feed's tokens logits are wanted: the last one, or all of them. */
  readonly logits?: 'last' | 'all';
}

/**
 * Feeds each sequence its new tokens and remembers them in the cache: a prompt or one token, of any
 * mixture of lengths.
 *
 * @returns the logits after the last token of each feed, `[feeds, V]` row-major; or after all its
 *   tokens, `[tokens, V]`, feed behind feed.
 * @throws RangeError when a sequence is not in the cache, comes twice or would outgrow it, or an id
 *   is not in the vocabulary.
 */
export function advance(
  model: Model,
  cache: KvCache,
  feeds: readonly Feed[],
  { logits: wanted = 'last' }: AdvanceOptions = {},
): Float32Array {
  checkInUse(model);
  const V = model.config.vocabSize;
  checkSequences(cache, feeds);
  for (const feed of feeds) checkFeed(model, cache, feed);
  const rows = feeds.reduce((sum, feed) => sum + (wanted === 'all' ? feed.tokens.length : 1), 0);
  const logits = new Float32Array(rows * V);
  const runStep = stepRunnerOf(model);
  if (runStep) runSteps(runStep, model.config, cache, feeds, wanted, logits);
  else runOpByOp(model, cache, feeds, wanted, logits);
  for (const { sequence, tokens } of feeds) growSequence(cache, sequence, tokens.length);
  return logits;
}

/**
 * Feeds a sequence that has begun its next tokens, and tells what they look at; on every engine op by op.
 *
 * @throws RangeError as `advance` does.
 */
export function advanceWatched(
  model: Model,
  cache: KvCache,
  feed: Feed,
  onWeights: OnWeights,
): void {
  checkSequence(cache, feed.sequence);
  checkFeed(model, cache, feed);
  run(model, cache, [feed], { begin: false, wanted: 'last', onWeights });
  growSequence(cache, feed.sequence, feed.tokens.length);
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
  // Sequences that begin run the op that trains, which engines make fast; the others read the cache.
  const begins = ({ sequence, tokens: { length } }: Feed): boolean =>
    cache.lengths[sequence] === 0 && length > 1 && length <= model.config.contextLength;
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
  /** Whether the sequences begin. */
  readonly begin: boolean;
  readonly wanted: 'last' | 'all';
  /** Of sequences that go on. */
  readonly onWeights?: OnWeights;
}

function run(
  model: Model,
  cache: KvCache,
  feeds: readonly Feed[],
  { begin, wanted, onWeights }: RunOptions,
): Float32Array {
  const { config } = model;
  const counts = feeds.map((feed) => feed.tokens.length);
  const fed: NewTokens = { sequences: feeds.map((feed) => feed.sequence), counts };
  const T = Math.max(...counts);
  const [tokens, positions] = [new Int32Array(feeds.length * T), new Int32Array(feeds.length * T)];
  feeds.forEach((feed, row) => {
    tokens.set(Array.from(feed.tokens), row * T);
    for (let t = 0; t < counts[row]; t++) {
      positions[row * T + t] = cache.lengths[feed.sequence] + t;
    }
  });
  const parameters = model.parameters.tensors();
  const attending = begin
    ? attendFresh(model, parameters, cache, feeds, fed)
    : attendPast(model, parameters, cache, fed, onWeights);
  const logits = tf.tidy(() => {
    const inputs = {
      tokens: tf.tensor1d(tokens, 'int32'),
      positions: tf.tensor1d(positions, 'int32'),
    };
    const hidden = transformer(config, tensorOps(config, parameters, inputs, attending));
    const rows = counts.flatMap((count, row) =>
      Array.from({ length: count }, (_, t) => row * T + t).slice(wanted === 'all' ? 0 : -1),
    );
    const read: tf.Tensor2D = tf.gather(hidden, tf.tensor1d(rows, 'int32'));
    return logitsOf(parameters, T === 1 ? hidden : read);
  });
  // Not inside the tidy: it looks for tensors in every number of an array that it returns.
  const numbers = logits.dataSync<'float32'>();
  logits.dispose();
  return numbers;
}

/** How sequences that begin attend: as in training. What the cache keeps goes there. */
function attendFresh(
  { config }: Model,
  parameters: ParameterTensors,
  cache: KvCache,
  feeds: readonly Feed[],
  fed: NewTokens,
): Attending {
  const prefixLengths = Int32Array.from(feeds, (feed) => feed.prefixLength ?? 0);
  const batch = { batchSize: feeds.length, prefixLengths };
  const whole = attendingTo(config, parameters, batch, Math.max(...fed.counts));
  return {
    groups: (x, part, groupLength, layer) => {
      if (part === 'input') storeInputs(rowsOf(x, fed), layer, cache, fed);
      return whole.groups(x, part, groupLength, layer);
    },
    attend: (qkv, layer, memory, dropout) => {
      storeAttended(qkv, memory, layer, cache, fed);
      return whole.attend(qkv, layer, memory, dropout);
    },
  };
}

/** How sequences go on: new positions read the cache. */
function attendPast(
  { config }: Model,
  parameters: ParameterTensors,
  cache: KvCache,
  fed: NewTokens,
  onWeights?: OnWeights,
): Attending {
  const seen = Math.max(...fed.sequences.map((place, i) => cache.lengths[place] + fed.counts[i]));
  return {
    groups: (x, part, groupLength, layer) => {
      const [rows, firstColumn] = [rowsOf(x, fed), firstColumnOf(part, config)];
      const groups = completeGroups(rows, firstColumn, part, groupLength, layer, cache, fed);
      if (part === 'input') storeInputs(rows, layer, cache, fed);
      return tf.tensor2d(groups.numbers, [fed.sequences.length * groups.count, groups.width]);
    },
    attend: (qkv, layer, memory) => {
      if (memory) storeAttended(qkv, memory, layer, cache, fed);
      const distances = distancesOf(config, layer, parameters)?.dataSync<'float32'>();
      const sinusoids = cachedSinusoids(config, layer, parameters, seen);
      const shape = { nHead: config.nHead, distances, sinusoids };
      const read = attendCached(rowsOf(qkv, fed), shape, layer, cache, fed, onWeights);
      return tf.tensor2d(read, [qkv.shape[0], qkv.shape[1] / 3]);
    },
  };
}

/** Writes what a layer keeps of what it attends to: of inputs, those are there. */
function storeAttended(
  qkv: tf.Tensor2D,
  memory: GroupMemory<tf.Tensor2D> | undefined,
  layer: number,
  cache: KvCache,
  fed: NewTokens,
): void {
  const rows = rowsOf(qkv, fed);
  if (memory) {
    const [keys, values] = [rowsOf(memory.keys, fed), rowsOf(memory.values, fed)];
    storeMemory(rows, keys, values, memory.groupLength, layer, cache, fed);
  }
  const { compression } = cache.layouts[layer].attention;
  if (compression?.of !== 'input') storeKeyValues(rows, layer, cache, fed);
}

/** The numbers of a tensor whose rows are those of some sequences. */
function rowsOf(x: tf.Tensor2D, { sequences }: NewTokens): BatchRows {
  const [rows, width] = x.shape;
  return { numbers: x.dataSync<'float32'>(), count: rows / sequences.length, width };
}

/** Vectors of distances by the weight that makes them: a token asks for those of the one before. */
const vectorsOf = new WeakMap<tf.Tensor, Float32Array>();

/**
 * What a layer of Transformer-XL makes of the distances that it sees; twice as many when there are too few.
 *
 * @param seen - Positions of the longest sequence.
 */
function cachedSinusoids(
  config: ModelConfig,
  layer: number,
  parameters: ParameterTensors,
  seen: number,
): CachedSinusoids | undefined {
  const params = sinusoidsOf(config, layer, parameters);
  if (!params) return undefined;
  const { weight, contentBias, distanceBias } = params;
  const needed = Math.min(seen, config.contextLength + (config.memory ?? 0));
  let vectors = vectorsOf.get(weight);
  if (!vectors || vectors.length < needed * config.nEmbd) {
    const rows = 2 ** Math.ceil(Math.log2(needed));
    vectors = tf.tidy(() => {
      return tf.matMul(sinusoids(rows, config.nEmbd), weight).dataSync<'float32'>().slice();
    });
    vectorsOf.set(weight, vectors);
  }
  return {
    vectors,
    contentBias: contentBias.dataSync<'float32'>(),
    distanceBias: distanceBias.dataSync<'float32'>(),
  };
}

function checkSequences(cache: KvCache, feeds: readonly Feed[]): void {
  const seen = new Set<number>();
  for (const { sequence } of feeds) {
    checkSequence(cache, sequence);
    if (seen.has(sequence)) {
      throw new RangeError(`feeds: expected each sequence once, got ${sequence} twice`);
    }
    seen.add(sequence);
  }
}

function checkFeed(
  { config }: Model,
  cache: KvCache,
  { sequence, tokens, prefixLength }: Feed,
): void {
  const past = cache.lengths[sequence];
  checkSequenceTokens(config, tokens);
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
