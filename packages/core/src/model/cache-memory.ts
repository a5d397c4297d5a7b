import type { LayerAttention } from '../attention/attention-kind.js';
import { type CacheLayout, layoutRows, usedRows } from '../attention/layer-cache.js';

/** Rows of the smallest array: a short sequence is allocated once. */
const MIN_ROWS = 64;

/** An array this many times as long as what it holds, or as the smallest one, is replaced by a shorter one. */
const MAX_SPARE = 4;

/** The memory of a cache: arrays `[rows, K D]` of each storage, which grow and shrink with its contents. */
export interface CacheMemory {
  /** Width of a key and of a value, K D. */
  readonly width: number;
  readonly attention: readonly LayerAttention[];
  /** The rows of each layer when a storage is full. */
  readonly layouts: readonly CacheLayout[];
  /** The keys by layer and storage. If inputs are compressed, keys keep them. */
  readonly keys: readonly Float32Array[][];
  readonly values: readonly Float32Array[][];
}

/** Number of rows that a layer uses for a sequence of this length. */
export function rowsFor(
  { attention, layouts }: Pick<CacheMemory, 'attention' | 'layouts'>,
  layer: number,
  length: number,
): number {
  return usedRows(layouts[layer], length, attention[layer].memoryRowsAt(length));
}

/**
 * Makes the arrays of a storage as long as a sequence of this length needs, doubling them; much longer arrays
 * become shorter. Rows of the sequence stay as they are. An empty storage keeps the arrays of a short sequence,
 * because the next one is about as long, and to allocate memory costs a server more than to hold it.
 *
 * @throws Error if memory is short; the storage keeps its contents.
 */
export function fitStorage(cache: CacheMemory, storage: number, length: number): void {
  const { width, layouts, keys, values } = cache;
  layouts.forEach((layout, layer) => {
    const rows = keys[layer][storage].length / width;
    const needed = rowsFor(cache, layer, length);
    const isSpare = rows > MAX_SPARE * Math.max(MIN_ROWS, needed);
    if (needed <= rows && !isSpare) return;
    const doubled = Math.max(MIN_ROWS, 2 ** Math.ceil(Math.log2(needed)));
    const size = Math.min(doubled, layoutRows(layout)) * width;
    try {
      const longer = [keys, values].map((all) => resized(all[layer][storage], size));
      [keys[layer][storage], values[layer][storage]] = longer;
    } catch (cause) {
      throw new Error(
        `cache: expected memory for the keys and values of ${length} tokens, got none. Use fewer slots, or shorter prompts`,
        { cause },
      );
    }
  });
}

function resized(array: Float32Array, size: number): Float32Array {
  const copy = new Float32Array(size);
  copy.set(array.subarray(0, size));
  return copy;
}

/** New tokens of one slot. */
export interface Feed {
  /** Index of the slot in the cache. */
  readonly slot: number;
  /** The tokens to feed, at least one. */
  readonly tokens: ArrayLike<number>;
  /**
   * Number of first tokens that attend to one another in both directions; default 0. Above 0 only if the slot is
   * empty.
   */
  readonly prefixLength?: number;
}
