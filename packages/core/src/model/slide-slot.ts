import { positionRow } from '../attention/layer-cache.js';
import { advance } from './advance.js';
import { fitStorage } from './cache-memory.js';
import { growSlot, type KvCache, resetSlot } from './kv-cache.js';
import type { Model } from './model.js';

/** The positions that a slot keeps, and the tokens before them. */
export interface Slide {
  /** Tokens that the model reads now, at the first positions; may be empty. */
  readonly before: readonly number[];
  /** Number of the newest positions that are kept. */
  readonly kept: number;
}

/**
 * Drops the oldest positions of a slot, reads the tokens `before`, and puts the newest positions after them as they
 * are. The kept keys and values still depend on the dropped tokens. Only for models whose positions are movable:
 * see `Decoder.isMovable`.
 *
 * @throws Error if memory is short.
 */
export function slideSlot(
  model: Model,
  cache: KvCache,
  slot: number,
  { before, kept }: Slide,
): void {
  const { layouts, width } = cache;
  const storage = cache.storage[slot];
  const from = cache.lengths[slot] - kept;
  // Layers that see all positions keep them in order, so the kept ones are contiguous.
  const stay = [cache.keys, cache.values].map((all) =>
    layouts.map((layout, layer) => {
      const first = positionRow(layout, from) * width;
      return all[layer][storage].slice(first, first + kept * width);
    }),
  );
  resetSlot(cache, slot);
  if (before.length > 0) advance(model, cache, [{ slot, tokens: before }]);
  fitStorage(cache, storage, before.length + kept);
  [cache.keys, cache.values].forEach((all, i) => {
    layouts.forEach((layout, layer) => {
      all[layer][storage].set(stay[i][layer], positionRow(layout, before.length) * width);
    });
  });
  growSlot(cache, slot, kept);
}
