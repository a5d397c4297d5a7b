import { positionRow } from '../attention/layer-cache.js';
import { advance } from './advance.js';
import { fitSlot } from './cache-memory.js';
import { growSequence, type KvCache, resetSequence } from './kv-cache.js';
import type { Model } from './model.js';

/** What stays of a sequence, and what comes before it. */
export interface Slide {
  /** Tokens that the model reads now, as if the sequence began with them; may be none. */
  readonly before: readonly number[];
  /** Number of the newest positions that stay as they are. */
  readonly kept: number;
}

/**
 * Drops the oldest positions of a sequence and keeps the newest ones as the model has read them, behind
 * tokens that it reads anew. What is kept still knows what was dropped, as far as it had attended to it. Only
 * for models whose positions are movable: see `Decoder.isMovable`.
 *
 * @throws Error when there is no memory for the new positions.
 */
export function slideSequence(
  model: Model,
  cache: KvCache,
  sequence: number,
  { before, kept }: Slide,
): void {
  const { layouts, width } = cache;
  const slot = cache.slots[sequence];
  const from = cache.lengths[sequence] - kept;
  // Layers that see all positions keep them in order, so those that stay are neighbours.
  const stay = [cache.keys, cache.values].map((all) =>
    layouts.map((layout, layer) => {
      const first = positionRow(layout, from) * width;
      return all[layer][slot].slice(first, first + kept * width);
    }),
  );
  resetSequence(cache, sequence);
  if (before.length > 0) advance(model, cache, [{ sequence, tokens: before }]);
  fitSlot(cache, slot, before.length + kept);
  [cache.keys, cache.values].forEach((all, i) => {
    layouts.forEach((layout, layer) => {
      all[layer][slot].set(stay[i][layer], positionRow(layout, before.length) * width);
    });
  });
  growSequence(cache, sequence, kept);
}
