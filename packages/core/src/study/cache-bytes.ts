import type { TokenPrompt } from '../domain/domain.js';
import type { Decoder } from '../model/decoder.js';
import { createKvCache, type KvCache } from '../model/kv-cache.js';

import { promptBatch } from './prompt-batch.js';

/** What the cache holds after a feed. */
export interface CacheSize {
  /** Number of tokens that were read. */
  readonly tokens: number;
  /** Bytes of their keys and values, and of what is compressed, of all layers. */
  readonly bytes: number;
}

/**
 * The size of the cache after each token of a prompt, or after a prefix that is read as a whole; nothing is
 * computed for it.
 *
 * @throws RangeError for an empty prompt or one longer than the context.
 */
export function cacheSizes(decoder: Decoder, prompt: TokenPrompt): CacheSize[] {
  const { length } = promptBatch(decoder.config, prompt).tokens;
  const first = Math.max(1, (decoder.hasPrefix && prompt.prefixLength) || 1);
  const cache = createKvCache(decoder, 1, length);
  return Array.from({ length: length - first + 1 }, (_, i) => {
    return { tokens: first + i, bytes: cacheBytes(cache, first + i) };
  });
}

/** Bytes of the rows that so many positions need, of all layers. */
export function cacheBytes(
  { attention, layouts, width }: Pick<KvCache, 'attention' | 'layouts' | 'width'>,
  length: number,
): number {
  const rows = layouts.reduce((sum, { positionRows }, layer) => {
    return sum + attention[layer].memoryRowsAt(length) + Math.min(length, positionRows);
  }, 0);
  return rows * 2 * width * Float32Array.BYTES_PER_ELEMENT;
}
