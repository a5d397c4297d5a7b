import type { TokenPrompt } from '../domain/domain.js';
import { advance } from '../model/advance.js';
import type { Feed } from '../model/feed.js';
import { createKvCache } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';

import { cacheBytes } from './cache-bytes.js';
import { promptBatch } from './prompt-batch.js';

/** A single feed of tokens to a cache. */
export interface CacheStep {
  /** Number of tokens that the model read: one, or a whole prefix. */
  readonly read: number;
  /** Positions whose keys and values were there before, and are as they were in every layer. */
  readonly reused: number;
  /** Number of positions in the cache afterwards. */
  readonly held: number;
  /** Bytes of the keys and values that it holds, and of what it compresses, of all layers. */
  readonly sizeBytes: number;
}

/**
 * What the cache holds after each token of a prompt, fed one by one, and what of it is reused: seen
 * in the cache's own numbers.
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
    const { width } = cache;
    const same = (position: number): boolean =>
      [cache.keys, cache.values].every((layers, kind) =>
        cache.layouts.every((layout, layer) => {
          const row = cache.attention[layer].heldRow(layout, position, before);
          return isSame(layers[layer][0], arraysBefore[kind][layer], row * width, width);
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

/** A prefix is read as a whole; every other token by itself. */
function feedsOf(tokens: Int32Array, prefixLength = 0): Feed[] {
  const rest = Array.from(tokens.subarray(prefixLength), (token) => [token]);
  const first = { slot: 0, tokens: tokens.subarray(0, prefixLength), prefixLength };
  return [...(prefixLength > 0 ? [first] : []), ...rest.map((each) => ({ slot: 0, tokens: each }))];
}

function isSame(a: Float32Array, b: Float32Array, start: number, length: number): boolean {
  for (let i = start; i < start + length; i++) if (a[i] !== b[i]) return false;
  return true;
}
