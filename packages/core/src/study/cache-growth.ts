import type * as tf from '@tensorflow/tfjs-core';

import type { LayerAttention } from '../attention/attention-kind.js';
import type { ModelConfig } from '../config/model-config.js';
import type { TokenPrompt } from '../domain/domain.js';
import { advance } from '../model/advance.js';
import type { CacheArray } from '../model/cache-format.js';
import type { Feed } from '../model/cache-memory.js';
import type { Decoder } from '../model/decoder.js';
import type { TokenBatch } from '../model/forward.js';
import { createKvCache, type KvCache } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';

/** A single feed of tokens to a cache. */
export interface CacheStep {
  /** Number of tokens that the model read: one, or a whole prefix. */
  readonly read: number;
  /** Number of positions whose keys and values were in the cache before, and are unchanged in every layer. */
  readonly reused: number;
  /** Number of positions in the cache afterwards. */
  readonly held: number;
  /** Bytes of the keys and values in the cache, and of compressed inputs, over all layers. */
  readonly sizeBytes: number;
}

/**
 * Measures the cache after each token of a prompt, fed one by one: its contents, and the part that is reused. The
 * results are read from the numbers in the cache.
 *
 * @throws RangeError for an empty prompt or one longer than the context.
 */
export function cacheGrowth(model: Model, prompt: TokenPrompt): CacheStep[] {
  const { tokens } = promptBatch(model.config, prompt);
  const prefixLength = model.decoder.hasPrefix ? prompt.prefixLength : 0;
  const cache = createKvCache(model.decoder, 1, tokens.length);
  const steps: CacheStep[] = [];
  for (const feed of feedsOf(tokens, prefixLength)) {
    const before = cache.lengths[0];
    const arraysBefore = [cache.keys, cache.values].map((layers) => layers.map(([a]) => a.slice()));
    advance(model, cache, [feed]);
    const held = cache.lengths[0];
    const { rowLength } = cache;
    const same = (position: number): boolean =>
      [cache.keys, cache.values].every((layers, kind) =>
        cache.layouts.every((layout, layer) => {
          const row = cache.attention[layer].heldRow(layout, position, before);
          return isSame(layers[layer][0], arraysBefore[kind][layer], row * rowLength, rowLength);
        }),
      );
    steps.push({
      read: feed.tokens.length,
      reused: Array.from({ length: before }, (_, position) => position).filter(same).length,
      held,
      sizeBytes: cacheBytes(cache, held),
    });
  }
  return steps;
}

/** Feeds a prefix as a whole, and every other token separately. */
function feedsOf(tokens: Int32Array, prefixLength = 0): Feed[] {
  const rest = Array.from(tokens.subarray(prefixLength), (token) => [token]);
  const first = { slot: 0, tokens: tokens.subarray(0, prefixLength), prefixLength };
  return [...(prefixLength > 0 ? [first] : []), ...rest.map((each) => ({ slot: 0, tokens: each }))];
}

function isSame(a: CacheArray, b: CacheArray, start: number, length: number): boolean {
  for (let i = start; i < start + length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Size of the cache after a feed. */
export interface CacheSize {
  /** Number of tokens that were read. */
  readonly tokens: number;
  /** Bytes of the keys and values in all layers, and of the inputs that compressed attention keeps. */
  readonly bytes: number;
}

/**
 * Returns the size of the cache after each token of a prompt, or after a prefix that is read as a whole. The
 * model is not run.
 *
 * @throws RangeError for an empty prompt, or one longer than the context.
 */
export function cacheSizes(decoder: Decoder, prompt: TokenPrompt): CacheSize[] {
  const { length } = promptBatch(decoder.config, prompt).tokens;
  const first = Math.max(1, (decoder.hasPrefix && prompt.prefixLength) || 1);
  const cache = createKvCache(decoder, 1, length);
  return Array.from({ length: length - first + 1 }, (_, i) => {
    return { tokens: first + i, bytes: cacheBytes(cache, first + i) };
  });
}

/** Returns the bytes of the rows for a number of positions, over all layers. */
function cacheBytes({ attention, layouts, format, rowLength }: KvCache, length: number): number {
  const rows = layouts.reduce((sum, { positionRows }, layer) => {
    return sum + attention[layer].memoryRowsAt(length) + Math.min(length, positionRows);
  }, 0);
  return rows * 2 * rowLength * format.array(0).BYTES_PER_ELEMENT;
}

/**
 * Converts a layer's scores or weights of keys, `[H, T, S]`, to scores or weights of tokens. If a key
 * represents a group, each token of the group has the group's score and an equal part of its weight. The
 * first token is also a key by itself: it has its own score, and the sum of both weights.
 *
 * @returns rows of T numbers for each head.
 */
export function tokenRows(
  value: tf.Tensor,
  of: 'scores' | 'weights',
  attention: LayerAttention,
): Float32Array[][] {
  const heads = readRows(value);
  const [, T] = value.shape;
  return heads.map((rows) => rows.map((row) => Float32Array.from(attention.byToken(row, of, T))));
}

/** Splits a step by head, `[H, T, N]`, into rows for each head. */
function readRows(value: tf.Tensor): Float32Array[][] {
  const [H, T, N] = value.shape;
  const numbers = value.dataSync<'float32'>().slice();
  return Array.from({ length: H }, (_, head) =>
    Array.from({ length: T }, (__, t) => {
      const start = (head * T + t) * N;
      return numbers.subarray(start, start + N);
    }),
  );
}

/**
 * Returns a prompt as a batch of one, without cutting it.
 *
 * @throws RangeError if it is empty or longer than the context.
 */
export function promptBatch(
  { contextLength }: ModelConfig,
  { tokens, prefixLength }: TokenPrompt,
): TokenBatch {
  const { length } = tokens;
  if (length < 1 || length > contextLength) {
    throw new RangeError(
      `prompt: expected 1 to ${contextLength} tokens (contextLength), got ${length}`,
    );
  }
  return {
    tokens: Int32Array.from(tokens),
    batchSize: 1,
    prefixLengths: Int32Array.of(prefixLength ?? 0),
  };
}
