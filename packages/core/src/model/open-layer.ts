import * as tf from '@tensorflow/tfjs-core';

import type { AttentionInput } from '../attention/attention-kind.js';
import { type LayerCache, positionRow } from '../attention/layer-cache.js';
import type { Feed } from './cache-memory.js';
import type { KvCache } from './kv-cache.js';

/**
 * Runs the attention of one layer on 32-bit floats, for engines that compute op by op. The new keys and values are
 * rounded to the cache's format first, so that a token attends to the same numbers whether they were computed in this
 * step or earlier. Then attention reads a decoded copy of the cache, and the new rows are stored. Engines with
 * kernels that read the cache's format directly do not need this function.
 *
 * @param attend - Computes attention, and writes the new rows to the layer that it gets.
 */
export function withOpenLayer(
  cache: KvCache,
  layer: number,
  feeds: readonly Feed[],
  operands: AttentionInput<tf.Tensor2D>,
  attend: (operands: AttentionInput<tf.Tensor2D>, layer: LayerCache) => tf.Tensor2D,
): tf.Tensor2D {
  const open = openLayer(cache, layer, feeds);
  if (cache.format.name === 'f32') return attend(operands, open);
  const result = attend({ ...operands, qkv: roundKeyValues(operands.qkv, cache) }, open);
  storeNewRows(cache, layer, feeds, open);
  return result;
}

/** Returns the part of a cache that one layer uses for some feeds, with keys and values decoded to 32-bit floats. */
function openLayer(
  { format, headDim, ...cache }: KvCache,
  layer: number,
  feeds: readonly Feed[],
): LayerCache {
  const fed = feeds.map(({ slot, tokens }) => {
    const storage = cache.storage[slot];
    return {
      keys: format.decode(cache.keys[layer][storage], headDim),
      values: format.decode(cache.values[layer][storage], headDim),
      past: cache.lengths[slot],
      count: tokens.length,
    };
  });
  return { layout: cache.layouts[layer], width: cache.width, feeds: fed };
}

/** Rounds the keys and values of new tokens, `[N, (H + 2K) D]`, to the format of the cache. */
function roundKeyValues(qkv: tf.Tensor2D, { format, width, headDim }: KvCache): tf.Tensor2D {
  const [rows, columns] = qkv.shape;
  const numbers = qkv.dataSync<'float32'>().slice();
  const stored = format.array(((2 * width) / headDim) * format.headLength(headDim));
  for (let row = 0; row < rows; row++) {
    const keyValue = numbers.subarray((row + 1) * columns - 2 * width, (row + 1) * columns);
    format.encode(keyValue, headDim, stored, 0);
    keyValue.set(format.decode(stored, headDim));
  }
  return tf.tensor2d(numbers, [rows, columns]);
}

/** Encodes the keys and values of new positions in the format of the cache, and stores them in the cache. */
function storeNewRows(
  { format, headDim, rowLength, width, ...cache }: KvCache,
  layer: number,
  feeds: readonly Feed[],
  open: LayerCache,
): void {
  open.feeds.forEach(({ keys, values, past, count }, i) => {
    const storage = cache.storage[feeds[i].slot];
    const kept = Math.min(count, open.layout.positionRows); // later positions overwrite the others
    for (let position = past + count - kept; position < past + count; position++) {
      const row = positionRow(open.layout, position);
      const [from, to, at] = [row * width, (row + 1) * width, row * rowLength];
      format.encode(keys.subarray(from, to), headDim, cache.keys[layer][storage], at);
      format.encode(values.subarray(from, to), headDim, cache.values[layer][storage], at);
    }
  });
}
