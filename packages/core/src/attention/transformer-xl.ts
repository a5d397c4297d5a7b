import * as tf from '@tensorflow/tfjs-core';

import { constant, linearSpecs } from '../parameters/parameter.js';
import type { LayerMaker, WholePass } from './attention-kind.js';
import { attendRows, batchRows, dot, keptPositions } from './attend-rows.js';
import { positionRows, storeKeyValues } from './layer-cache.js';
import {
  type DistanceParams,
  recurrentAttention,
  recurrentAttentionSteps,
  type RecurrentShape,
  sinusoids,
} from './ops/recurrent-attention.js';

/**
 * Attention in segments of one context each, which also attends to remembered positions of earlier segments.
 * Distances are its only position information.
 *
 * @see Dai et al. 2019, https://arxiv.org/abs/1901.02860
 */
export const transformerXl: LayerMaker = ({ contextLength, memory = 0, nEmbd: C }, layer) => {
  const name = `blocks.${layer}.attention`;
  const mostSeen = contextLength + memory;
  const first = (t: number): number =>
    Math.max(0, Math.floor(t / contextLength) * contextLength - memory);
  const params = (parameter: (name: string) => tf.Tensor): DistanceParams => ({
    // Every store has these parameters with these ranks.
    weight: parameter(`${name}.distance.weight`) as tf.Tensor2D,
    contentBias: parameter(`${name}.content.bias`) as tf.Tensor1D,
    distanceBias: parameter(`${name}.distance.bias`) as tf.Tensor1D,
  });
  const recurrent = ({ batch, nHead }: WholePass['shape'], queries: number): RecurrentShape => {
    return { batch, nHead, queries };
  };
  return {
    parameters: [
      ...linearSpecs(`${name}.distance`, C, C, 0.02),
      constant(`${name}.content.bias`, C, 0),
    ],
    operationsPerToken: 18 * C * mostSeen,
    whole: ({ qkv }, { shape, queries, parameter, dropout, cache }) => {
      if (cache) storeKeyValues(batchRows(qkv, cache), cache);
      return recurrentAttention(qkv, recurrent(shape, queries), params(parameter), dropout);
    },
    steps: ({ qkv }, { shape, queries, parameter }) =>
      recurrentAttentionSteps(qkv, recurrent(shape, queries), params(parameter)),
    cached: ({ qkv }, pass) => {
      const { cache, parameter } = pass;
      const rows = (position: number): number[] =>
        positionRows(cache.layout, first(position), position);
      const { weight, contentBias, distanceBias } = params(parameter);
      const longest = Math.max(...cache.feeds.map(({ past, count }) => past + count));
      const vectors = distanceVectors(weight, Math.min(longest, mostSeen));
      const [u, v] = [contentBias.dataSync<'float32'>(), distanceBias.dataSync<'float32'>()];
      const attention = {
        writes: true,
        rows,
        contentBias: u,
        byDistance: (query: Float32Array, head: number) => {
          const begin = head * query.length;
          const biased = query.map((value, i) => value + v[begin + i]);
          return (back: number) => dot(biased, vectors, vectors.length - (back + 1) * C + begin);
        },
      };
      const read = attendRows(batchRows(qkv, cache), attention, pass);
      return tf.tensor2d(read, [qkv.shape[0], C]);
    },
    ...keptPositions({ first, max: () => mostSeen }),
  };
};

/**
 * Vectors of all distances, by the projection W_r from which they are computed. They are cached, because every
 * decoded token needs the same vectors.
 */
const vectorsOf = new WeakMap<tf.Tensor, Float32Array>();

/**
 * Returns a layer's vectors of distances, `[rows, C]`; the last row is distance 0. The number of rows is a power
 * of two, and grows if it is too small.
 *
 * @param needed - Minimum number of distances.
 */
function distanceVectors(weight: tf.Tensor2D, needed: number): Float32Array {
  const known = vectorsOf.get(weight);
  const [, C] = weight.shape;
  if (known && known.length >= needed * C) return known;
  const rows = 2 ** Math.ceil(Math.log2(needed));
  const vectors = tf.tidy(() => {
    return tf.matMul(sinusoids(rows, C), weight).dataSync<'float32'>().slice();
  });
  vectorsOf.set(weight, vectors);
  return vectors;
}
