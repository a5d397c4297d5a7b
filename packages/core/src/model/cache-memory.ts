import type { LayerAttention } from '../attention/attention-kind.js';
import { type CacheLayout, layoutRows, usedRows } from '../attention/layer-cache.js';
import type { CacheArray, CacheFormat } from './cache-format.js';
import type { Model } from './model-in-use.js';

/** Minimum number of rows of an array, so that a short sequence is allocated once. */
const MIN_ROWS = 64;

/**
 * Maximum ratio of an array's length to the length that its contents need (at least `MIN_ROWS`). A longer array is
 * replaced by a shorter one.
 */
const MAX_SPARE = 4;

/**
 * The memory of a cache. A storage is the memory of one slot: for each layer, arrays `[rows, rowLength]` of keys and
 * of values, which grow and shrink with their contents.
 */
export interface CacheMemory {
  /** Width of a key and of a value, K D. */
  readonly width: number;
  /** Width of a head, D. */
  readonly headDim: number;
  /** Format of the keys and values. */
  readonly format: CacheFormat;
  /** Number of array entries in a row. */
  readonly rowLength: number;
  readonly attention: readonly LayerAttention[];
  /** The rows of each layer for a sequence of full length. */
  readonly layouts: readonly CacheLayout[];
  /** The keys by layer and storage, or inputs in their place if inputs are compressed. */
  readonly keys: readonly CacheArray[][];
  readonly values: readonly CacheArray[][];
}

/** Returns the number of rows that a layer uses for a sequence of `length` positions. */
export function rowsFor(
  { attention, layouts }: Pick<CacheMemory, 'attention' | 'layouts'>,
  layer: number,
  length: number,
): number {
  return usedRows(layouts[layer], length, attention[layer].memoryRowsAt(length));
}

/**
 * Resizes the arrays of a storage for a sequence of `length` positions. The number of rows is rounded up to a power
 * of two. Arrays shrink only if they are more than `MAX_SPARE` times too long. Rows of the sequence stay unchanged.
 * An empty storage keeps the arrays of a short sequence, because the next one is about as long, and allocating memory
 * costs a server more than keeping it.
 *
 * @throws Error if memory is short; the storage keeps its contents.
 */
export function fitStorage(cache: CacheMemory, storage: number, length: number): void {
  const { format, rowLength, layouts, keys, values } = cache;
  layouts.forEach((layout, layer) => {
    const rows = keys[layer][storage].length / rowLength;
    const needed = rowsFor(cache, layer, length);
    const isSpare = rows > MAX_SPARE * Math.max(MIN_ROWS, needed);
    if (needed <= rows && !isSpare) return;
    const doubled = Math.max(MIN_ROWS, 2 ** Math.ceil(Math.log2(needed)));
    const size = Math.min(doubled, layoutRows(layout)) * rowLength;
    try {
      const longer = [keys, values].map((all) => resized(format, all[layer][storage], size));
      [keys[layer][storage], values[layer][storage]] = longer;
    } catch (cause) {
      throw new Error(
        `cache: expected memory for the keys and values of ${length} tokens, got none. Use fewer slots, or shorter prompts`,
        { cause },
      );
    }
  });
}

function resized(format: CacheFormat, array: CacheArray, size: number): CacheArray {
  const copy = format.array(size);
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
   * Length of the prefix: number of tokens at the start that attend to one another in both directions; default 0.
   * Above 0 only if the slot is empty.
   */
  readonly prefixLength?: number;
  /** The model that reads the tokens: the model of the step, or one that differs from it only in its adapters. */
  readonly model?: Model;
}
