/** Maximum number of positions that can be removed from the end of a sequence in a layer that overwrites positions. */
export const REWINDABLE = 64;

/**
 * Rows in which a layer stores a full sequence: positions in a ring buffer, then the memory of a layer that
 * compresses (the first position and the groups). A shorter sequence uses the first rows of each.
 */
export interface CacheLayout {
  /** Number of rows of memory: one more than the number of whole groups; 0 in a layer that does not compress. */
  readonly memoryRows: number;
  /** Number of rows of positions: position p is in row p modulo this number. */
  readonly positionRows: number;
}

/** The part of a cache that one layer uses, and the sequences that get new positions in a pass. */
export interface LayerCache {
  readonly layout: CacheLayout;
  /** Width of the keys of a position, and of its values: K D, with K heads of D numbers. */
  readonly width: number;
  /** One feed for each sequence of the pass. */
  readonly feeds: readonly CacheFeed[];
}

/**
 * The rows of one sequence in a layer's cache, and the range of its new positions: `count` positions after the first
 * `past`.
 */
export interface CacheFeed {
  /**
   * Keys of the sequence, `[rows, K D]`. If inputs are compressed, the rows of positions store inputs instead of keys.
   */
  readonly keys: Float32Array;
  readonly values: Float32Array;
  /** Number of positions that the sequence already has. */
  readonly past: number;
  /** Number of new positions. */
  readonly count: number;
}

/** Rows of a batch, `[B * count, width]`. Shorter sequences are padded to `count` rows. */
export interface BatchRows {
  readonly numbers: Float32Array;
  readonly count: number;
  readonly width: number;
}

/** Returns the layout of a ring buffer of the visible positions, with spare rows so that tokens can be removed. */
export function ringLayout(capacity: number, mostSeen: number, memoryRows = 0): CacheLayout {
  return { memoryRows, positionRows: Math.min(capacity, mostSeen + REWINDABLE) };
}

/** Returns the number of rows of a full sequence. */
export function layoutRows({ memoryRows, positionRows }: CacheLayout): number {
  return positionRows + memoryRows;
}

/**
 * Returns the number of rows that a sequence of `length` positions uses, which are the first of its layout.
 *
 * @param memory - Number of memory rows of the sequence.
 */
export function usedRows(
  { memoryRows, positionRows }: CacheLayout,
  length: number,
  memory: number,
): number {
  return memoryRows === 0 ? Math.min(length, positionRows) : positionRows + memory;
}

/** Returns the row of a position within its sequence. */
export function positionRow({ positionRows }: CacheLayout, position: number): number {
  return position % positionRows;
}

/**
 * Returns the row, among all rows of a sequence, that stores an entry of the memory: entry 0 is the first position,
 * the others are groups.
 */
export function memoryRow({ positionRows }: CacheLayout, index: number): number {
  return positionRows + index;
}

/** Returns the row of each position from `first` to `last`, both included, in order. */
export function positionRows(layout: CacheLayout, first: number, last: number): number[] {
  return Array.from({ length: last + 1 - first }, (_, i) => positionRow(layout, first + i));
}

/** Returns row t of a feed, by the feed's index in the batch. */
export function rowOf(
  { numbers, count, width }: BatchRows,
  index: number,
  t: number,
): Float32Array {
  const start = (index * count + t) * width;
  return numbers.subarray(start, start + width);
}

/** Writes a key and a value to a row of a sequence's cache. */
export function storeRow(
  { keys, values }: CacheFeed,
  row: number,
  key: Float32Array,
  value?: Float32Array,
): void {
  const at = row * key.length;
  keys.set(key, at);
  if (value) values.set(value, at);
}

/**
 * Writes the key and value of a position.
 *
 * @param qkv - Query, key and value of the position, `[(H + 2K) D]`.
 */
export function storeKeyValue(
  qkv: Float32Array,
  cache: LayerCache,
  feed: CacheFeed,
  position: number,
): void {
  const row = positionRow(cache.layout, position);
  const [key, value] = [qkv.length - 2 * cache.width, qkv.length - cache.width];
  storeRow(feed, row, qkv.subarray(key, value), qkv.subarray(value));
}

/** Writes the keys and values of all new positions, from `[B * T, (H + 2K) D]`. */
export function storeKeyValues(qkv: BatchRows, cache: LayerCache): void {
  cache.feeds.forEach((feed, index) => {
    for (let t = 0; t < feed.count; t++) {
      storeKeyValue(rowOf(qkv, index, t), cache, feed, feed.past + t);
    }
  });
}
