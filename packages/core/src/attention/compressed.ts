import * as tf from '@tensorflow/tfjs-core';

import { linearSpecs } from '../parameters/parameter.js';
import { attendRows, batchRows } from './attend-rows.js';
import type {
  AttentionInput,
  AttentionSettings,
  Grouped,
  GroupMemory,
  LayerAttention,
  LayerMaker,
  WholePass,
} from './attention-kind.js';
import { DEFAULT_FACTOR } from './attention-kinds.js';
import {
  type BatchRows,
  type LayerCache,
  memoryRow,
  positionRow,
  ringLayout,
  rowOf,
  storeKeyValues,
  storeRow,
} from './layer-cache.js';
import { compressedAttention, compressedSteps, groupRows } from './ops/compressed-attention.js';

/** Operand of the convolution: keys and values, each with a separate kernel, or the block's input. */
type Compressed = 'keyValue' | 'input';

/**
 * Attention to the first position and to groups of positions. A convolution merges the keys and values of a
 * group into one.
 *
 * @see Liu et al. 2018, section 4.2.4, https://arxiv.org/abs/1801.10198
 */
export const compressed = compressedLayer('keyValue');

/**
 * Compressed attention whose keys and values are projections of the convolved input, as in
 * tensor2tensor.
 */
export const compressedInput = compressedLayer('input');

function compressedLayer(of: Compressed): LayerMaker {
  return (model, layer) => layerOf(of, model, layer);
}

function layerOf(of: Compressed, model: AttentionSettings, layer: number): LayerAttention {
  const { nEmbd: C, contextLength, compressionFactor: K = DEFAULT_FACTOR } = model;
  const name = `blocks.${layer}.attention`;
  const kernels = of === 'input' ? ['compress'] : ['compressKeys', 'compressValues'];
  const wholeGroups = (length: number): number => 1 + Math.floor(length / K);
  // Convolutions, and the projection of their results, run once a group, not once a token.
  const projections = of === 'input' ? 3 / K : 0;
  const ofGroups = 6 * C ** 2 * (kernels.length * (1 - K) + projections);
  const compress = <X>(
    { input, qkv }: AttentionInput<X>,
    linear: (x: X, name: string) => X,
    groups: (x: X, part: Grouped) => X,
  ): GroupMemory<X> => {
    if (of === 'input') {
      const both = linear(linear(groups(input, 'input'), `${name}.compress`), `${name}.qkv`); // [groups, 3C]
      return { groupLength: K, keys: both, values: both };
    }
    return {
      groupLength: K,
      keys: linear(groups(qkv, 'keys'), `${name}.compressKeys`), // [groups, C]
      values: linear(groups(qkv, 'values'), `${name}.compressValues`),
    };
  };
  const compressWhole = (
    operands: AttentionInput<tf.Tensor2D>,
    { shape: { batch }, linear, onGroups }: WholePass,
  ): GroupMemory<tf.Tensor2D> =>
    compress(operands, linear, (x, part) => {
      const firstColumn = columnOf(part, C);
      const groups = groupRows(x, { batch, groupLength: K, firstColumn, width: C });
      onGroups?.(part, groups);
      return groups;
    });
  const keep = (
    { input, qkv }: AttentionInput<tf.Tensor2D>,
    { keys, values }: GroupMemory<tf.Tensor2D>,
    cache: LayerCache,
  ): void => {
    const rows = batchRows(qkv, cache);
    storeMemory(rows, batchRows(keys, cache), batchRows(values, cache), K, cache);
    if (of === 'input') storeInputs(batchRows(input, cache), cache);
    else storeKeyValues(rows, cache);
  };
  return {
    // Glorot's initial values for convolutions, `(K * nEmbd)^-0.5`.
    parameters: kernels.flatMap((kernel) =>
      linearSpecs(`${name}.${kernel}`, K * C, C, (K * C) ** -0.5),
    ),
    operationsPerToken: (12 * C * contextLength) / K + ofGroups,
    whole: (operands, pass) => {
      const memory = compressWhole(operands, pass);
      if (pass.cache) keep(operands, memory, pass.cache);
      return compressedAttention(operands.qkv, memory, pass.shape, pass.dropout);
    },
    steps: (operands, pass) =>
      compressedSteps(operands.qkv, compressWhole(operands, pass), pass.shape),
    cached: (operands, pass) => {
      const { cache, linear } = pass;
      const memory = compress(operands, linear, (x, part) => {
        const groups = completeGroups(batchRows(x, cache), part, K, C, cache);
        return tf.tensor2d(groups.numbers, [cache.feeds.length * groups.count, groups.width]);
      });
      keep(operands, memory, cache);
      const rows = (position: number): number[] =>
        Array.from({ length: wholeGroups(position) }, (_, i) => memoryRow(cache.layout, i));
      const read = attendRows(batchRows(operands.qkv, cache), { writes: false, rows }, pass);
      return tf.tensor2d(read, [operands.qkv.shape[0], C]);
    },
    lower: (operands, { linear, groups, attention }) => {
      const memory = compress(operands, linear, (x, part) => groups(x, part, K));
      const input = of === 'input' ? operands.input : undefined;
      return attention(operands.qkv, { memory, input });
    },
    layout: (capacity) => ringLayout(capacity, K, wholeGroups(capacity)), // positions of the incomplete group
    memoryRowsAt: wholeGroups,
    knownLength: (length, oldest) => {
      const first = length - (length % K);
      return first === length || first >= oldest ? length : first;
    },
    heldRow: (layout, position, length) =>
      position < Math.floor(length / K) * K
        ? memoryRow(layout, 1 + Math.floor(position / K))
        : positionRow(layout, position),
    firstSeen: () => 0,
    // The tokens of a group share its weight evenly. The first token also has a weight as a single position.
    byToken: (keys, what, tokens) =>
      Array.from({ length: tokens }, (_, token) => {
        const at = 1 + Math.floor(token / K);
        const [first, group] = [keys[0], at < keys.length ? keys[at] : 0];
        if (what === 'weights') return group / K + (token === 0 ? first : 0);
        return token === 0 ? first : group;
      }),
  };
}

/**
 * Returns the index of the first column to group: in the block's input for `input`, in qkv for `keys` and `values`.
 */
function columnOf(part: Grouped, nEmbd: number): number {
  return { input: 0, keys: nEmbd, values: 2 * nEmbd }[part];
}

/** Stores the block inputs of all new positions, `[B * T, C]`, in the cache rows that other layers use for keys. */
function storeInputs(inputs: BatchRows, cache: LayerCache): void {
  cache.feeds.forEach((feed, index) => {
    for (let t = 0; t < feed.count; t++) {
      const row = positionRow(cache.layout, feed.past + t);
      storeRow(feed, row, rowOf(inputs, index, t));
    }
  });
}

/**
 * Returns the groups that new positions complete, with the positions of a group joined in one row. Earlier
 * positions come from the cache. Must be called before the new positions are written to the cache.
 *
 * @param rows - The new positions' rows of the block's input or of qkv.
 * @returns `[B * count, K * C]`, at least one row for each sequence; rows without a group are zeros.
 */
function completeGroups(
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
      const t = first + i - past; // negative for a position of an earlier step
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
 * Writes the keys and values of the groups that new positions completed, and of the first position, to the memory
 * rows of the cache.
 *
 * @param keys - Keys of the groups, `[B * count, C]`; or `[B * count, 3C]`, laid out as qkv, if `values` has the same
 *   numbers.
 */
function storeMemory(
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
