/** What a step op by op writes to a cache and takes out of it. */
import { layoutRows, positionRow } from './cache-layout.js';
import type { KvCache } from './kv-cache.js';
import type { Grouped } from './transformer.js';

/** New tokens of some sequences of a cache. */
export interface NewTokens {
  /** The sequences, as places in the cache. */
  readonly sequences: readonly number[];
  /** New tokens of each; rows of tokens are padded to the most. */
  readonly counts: readonly number[];
}

/** Rows of some sequences, each with as many, some of them padding: `[B * count, width]`. */
export interface BatchRows {
  readonly numbers: Float32Array;
  readonly count: number;
  readonly width: number;
}

export function rowOf(
  { numbers, count, width }: BatchRows,
  place: number,
  t: number,
): Float32Array {
  const start = (place * count + t) * width;
  return numbers.subarray(start, start + width);
}

/** Writes a position's key and value, or what is kept in place of keys. */
export function storePosition(
  cache: KvCache,
  layer: number,
  sequence: number,
  position: number,
  key: Float32Array,
  value?: Float32Array,
): void {
  store(cache, layer, sequence, positionRow(cache.layouts[layer], position), key, value);
}

/** Writes the keys and values of all new tokens, from `[B * T, 3C]`, behind the ones a layer has. */
export function storeKeyValues(
  qkv: BatchRows,
  layer: number,
  cache: KvCache,
  { sequences, counts }: NewTokens,
): void {
  const C = qkv.width / 3;
  sequences.forEach((sequence, place) => {
    for (let t = 0; t < counts[place]; t++) {
      const row = rowOf(qkv, place, t);
      const position = cache.lengths[sequence] + t;
      storePosition(cache, layer, sequence, position, row.subarray(C, 2 * C), row.subarray(2 * C));
    }
  });
}

/** Writes the inputs of all new tokens, `[B * T, C]`, in the place of keys. */
export function storeInputs(
  inputs: BatchRows,
  layer: number,
  cache: KvCache,
  { sequences, counts }: NewTokens,
): void {
  sequences.forEach((sequence, place) => {
    for (let t = 0; t < counts[place]; t++) {
      const position = cache.lengths[sequence] + t;
      storePosition(cache, layer, sequence, position, rowOf(inputs, place, t));
    }
  });
}

/**
 * The groups that new tokens complete, each group's positions side by side: those that came before from
 * the cache. Not to be called when the new ones are there.
 *
 * @param rows - Of the new tokens.
 * @param firstColumn - Of what is grouped, in them.
 * @returns `[B * count, K * C]`, at least one for each sequence; zeros where there is none.
 */
export function completeGroups(
  rows: BatchRows,
  firstColumn: number,
  part: Grouped,
  groupLength: number,
  layer: number,
  cache: KvCache,
  { sequences, counts }: NewTokens,
): BatchRows {
  const pasts = sequences.map((sequence) => cache.lengths[sequence]);
  const completed = pasts.map((past, place) => {
    return Math.floor((past + counts[place]) / groupLength) - Math.floor(past / groupLength);
  });
  const layout = cache.layouts[layer];
  const kept = (part === 'values' ? cache.values : cache.keys)[layer];
  const C = kept.length / (cache.batchSize * layoutRows(layout));
  const count = Math.max(1, ...completed);
  const width = groupLength * C;
  const groups = { numbers: new Float32Array(sequences.length * count * width), count, width };
  sequences.forEach((sequence, place) => {
    const first = pasts[place] - (pasts[place] % groupLength);
    const slot = cache.slots[sequence] * layoutRows(layout);
    for (let i = 0; i < completed[place] * groupLength; i++) {
      const t = first + i - pasts[place]; // before 0: of an earlier step
      const start = (slot + positionRow(layout, first + i)) * C;
      const row =
        t < 0
          ? kept.subarray(start, start + C)
          : rowOf(rows, place, t).subarray(firstColumn, firstColumn + C);
      const group = rowOf(groups, place, Math.floor(i / groupLength));
      group.set(row, (i % groupLength) * C);
    }
  });
  return groups;
}

/**
 * Writes the keys and values of the groups that new tokens completed, and of the first position.
 *
 * @param keys - `[B * count, C]`, or both the same `[B * count, 3C]`, laid out as qkv.
 */
export function storeMemory(
  qkv: BatchRows,
  keys: BatchRows,
  values: BatchRows,
  groupLength: number,
  layer: number,
  cache: KvCache,
  { sequences, counts }: NewTokens,
): void {
  const C = qkv.width / 3;
  const [keyStart, valueStart] = keys.width === C ? [0, 0] : [C, 2 * C];
  sequences.forEach((sequence, place) => {
    const past = cache.lengths[sequence];
    const first = rowOf(qkv, place, 0);
    if (past === 0) {
      store(cache, layer, sequence, 0, first.subarray(C, 2 * C), first.subarray(2 * C));
    }
    const had = Math.floor(past / groupLength);
    const completed = Math.floor((past + counts[place]) / groupLength) - had;
    for (let i = 0; i < completed; i++) {
      const key = rowOf(keys, place, i).subarray(keyStart, keyStart + C);
      const value = rowOf(values, place, i).subarray(valueStart, valueStart + C);
      store(cache, layer, sequence, 1 + had + i, key, value);
    }
  });
}

/** Writes a row of a sequence. */
function store(
  cache: KvCache,
  layer: number,
  sequence: number,
  row: number,
  key: Float32Array,
  value?: Float32Array,
): void {
  const at = cache.slots[sequence] * layoutRows(cache.layouts[layer]) + row;
  cache.keys[layer].set(key, at * key.length);
  if (value) cache.values[layer].set(value, at * key.length);
}
