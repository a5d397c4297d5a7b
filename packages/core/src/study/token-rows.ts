import type * as tf from '@tensorflow/tfjs-core';

import { layerAttention } from '../config/layer-attention.js';
import type { ModelConfig } from '../config/model-config.js';
import { readRows } from './read-rows.js';

/**
 * What a layer's scores or weights, `[H, T, S]`, say of each token. Where groups are seen as one, a
 * group's score is that of its tokens, and they share its weight evenly; the first token, which is seen
 * by itself too, has its own score, and both weights.
 *
 * @returns rows of T numbers of each head.
 */
export function tokenRows(
  value: tf.Tensor,
  of: 'scores' | 'weights',
  config: ModelConfig,
  layer: number,
): Float32Array[][] {
  const heads = readRows(value);
  const { compression } = layerAttention(config, layer);
  if (!compression) return heads;
  const K = compression.groupLength;
  const [, T] = value.shape;
  return heads.map((rows) =>
    rows.map((row) =>
      Float32Array.from({ length: T }, (_, token) => {
        const group = row[1 + Math.floor(token / K)];
        if (of === 'weights') return group / K + (token === 0 ? row[0] : 0);
        return token === 0 ? row[0] : group;
      }),
    ),
  );
}
