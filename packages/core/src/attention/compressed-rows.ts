/** What compressed attention writes to a cache and takes out of it when positions are new. */
import type { Grouped } from './attention-kind.js';
import {
  type BatchRows,
  type LayerCache,
  memoryRow,
  positionRow,
  rowOf,
  storeRow,
} from './layer-cache.js';

/** Index of the first grouped column, in rows of the input or of qkv. */
export function columnOf(part: Grouped, nEmbd: number): number {
  return { input: 0, keys: nEmbd, values: 2 * nEmbd }[part];
}

/** Writes the inputs of all new positions, `[B * T, C]`, in place of keys. */
export function storeInputs(inputs: BatchRows, cache: LayerCache): void {
  cache.feeds.forEach((feed, index) => {
    for (let t = 0; t < feed.count; t++) {
      const row = positionRow(cache.layout, feed.past + t);
      storeRow(feed, row, rowOf(inputs, index, t));
    }
  });
}

/**
 * The groups that new positions complete, each group's positions side by side: those that came before from
 * the cache. To be called before the new ones are written there.
 *
 * @param rows - The new positions' rows.
 * @returns `[B * count, K * C]`, at least one for each sequence; zeros where there is none.
 */
export function completeGroups(
  rows: BatchRows,
  part: Grouped,
  groupLength: number,
  C: number,
  { layout, feeds }: LayerCache,
): BatchRows {
  const completed = feeds.map(({ past, count }) => {
    return Math.floor((past + count) / groupLength) - Math.floor(past / groupLength);
  });
  const firstColumn = columnOf(part, C);
  const count = Math.max(1, ...completed);
  const width = groupLength * C;
  const groups = { numbers: new Float32Array(feeds.length * count * width), count, width };
  feeds.forEach(({ keys, values, past }, index) => {
    const kept = part === 'values' ? values : keys;
    const first = past - (past % groupLength);
    for (let i = 0; i < completed[index] * groupLength; i++) {
      const t = first + i - past; // before 0: of an earlier step
      const start = positionRow(layout, first + i) * C;
      const row =
        t < 0
          ? kept.subarray(start, start + C)
          : rowOf(rows, index, t).subarray(firstColumn, firstColumn + C);
      const group = rowOf(groups, index, Math.floor(i / groupLength));
      group.set(row, (i % groupLength) * C);
    }
  });
  return groups;
}

/**
 * Writes the keys and values of the groups that new positions completed, and of the first position.
 *
 * @param keys - `[B * count, C]`, or both the same `[B * count, 3C]`, laid out as qkv.
 */
export function storeMemory(
  qkv: BatchRows,
  keys: BatchRows,
  values: BatchRows,
  groupLength: number,
  cache: LayerCache,
): void {
  const C = qkv.width / 3;
  const [keyStart, valueStart] = keys.width === C ? [0, 0] : [C, 2 * C];
  cache.feeds.forEach((feed, index) => {
    const { past, count } = feed;
    const first = rowOf(qkv, index, 0);
    const store = (index: number, key: Float32Array, value: Float32Array): void => {
      storeRow(feed, memoryRow(cache.layout, index), key, value);
    };
    if (past === 0) store(0, first.subarray(C, 2 * C), first.subarray(2 * C));
    const had = Math.floor(past / groupLength);
    const completed = Math.floor((past + count) / groupLength) - had;
    for (let i = 0; i < completed; i++) {
      const key = rowOf(keys, index, i).subarray(keyStart, keyStart + C);
      const value = rowOf(values, index, i).subarray(valueStart, valueStart + C);
      store(1 + had + i, key, value);
    }
  });
}
