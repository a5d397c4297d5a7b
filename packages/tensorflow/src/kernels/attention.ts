import { type Attributes, describedSight } from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

import { raw } from '../raw-ops.js';
import { dropoutOf, keep } from './dropout.js';
import { hiddenScores, positionMask } from './hidden-scores.js';
import { keptEntries } from './kept-entries.js';
import type { Kernel } from './kernel.js';

/** Whether this kernel computes it: each head of queries has its own keys, and scores have no bound. */
export function isPlainAttention({ nHead, nKvHead, cap }: Attributes): boolean {
  return nHead === nKvHead && cap === 0;
}

/**
 * `Attention`: residuals are queries, keys and values by head `[3, B, H, T, D]`, what was read
 * `[B, H, T, D]`, the weights `[B, H, T, T]`, and the weights after dropout where there is any.
 */
export const attention: Kernel = ({ qkv, ...given }, attributes) => {
  const { B, H, T, D } = sizesOf(qkv, attributes, 3);
  const byHead = raw.transpose(raw.reshape(qkv, [B, T, 3, H, D]), [2, 0, 3, 1, 4]);
  const [q, k, v] = raw.unstack(byHead, 3);
  const scores = raw.batchMatMul(raw.scale(q, scaleOf(attributes)), k, false, true);
  const { prefixLengths, lengths } = given as Partial<typeof given>; // absent when all are 0, or T
  const ends = lengths?.dataSync<'int32'>();
  const sight = describedSight(attributes);
  const hidden = hiddenScores(T, (t) => sight.first(t), prefixLengths?.dataSync<'int32'>(), ends);
  const all = raw.softmax(raw.add(scores, hidden));
  const weights = ends ? raw.mul(all, positionMask(T, ends)) : all;
  const dropped = drop(weights, attributes);
  const read = raw.batchMatMul(dropped ?? weights, v);
  const result = raw.reshape(raw.transpose(read, [0, 2, 1, 3]), [B * T, H * D]);
  return [result, byHead, read, weights, ...(dropped ? [dropped] : [])];
};

/**
 * The gradient of the softmax takes the sum of `dWeights * weights` over the keys, which equals the
 * sum of `dRead * read` over a head's columns.
 *
 * @see Dao et al. 2022, appendix B.2, https://arxiv.org/abs/2205.14135
 */
export const attentionGrad: Kernel = (
  { dy, residual0: byHead, residual1: read, residual2: weights, residual3 },
  attributes,
) => {
  const { B, H, T, D } = sizesOf(dy, attributes, 1);
  const scale = scaleOf(attributes);
  const dropped = (residual3 as tf.Tensor | undefined) ?? weights; // no dropout, no residual
  const [q, k, v] = raw.unstack(byHead, 3);
  const dRead = raw.transpose(raw.reshape(dy, [B, T, H, D]), [0, 2, 1, 3]);
  const dv = raw.batchMatMul(dropped, dRead, true, false);
  const dDropped = raw.batchMatMul(dRead, v, false, true);
  const mean = raw.sum(raw.mul(dRead, read), 3);
  const dScores =
    dropped === weights
      ? raw.mul(weights, raw.sub(dDropped, mean))
      : raw.sub(raw.mul(dropped, dDropped), raw.mul(weights, mean));
  const dq = raw.scale(raw.batchMatMul(dScores, k), scale);
  const dk = raw.batchMatMul(dScores, raw.scale(q, scale), true, false);
  const dByHead = raw.transpose(raw.stack([dq, dk, dv]), [1, 3, 0, 2, 4]); // [B, T, 3, H, D]
  return [raw.reshape(dByHead, [B * T, 3 * H * D])];
};

function sizesOf(
  x: tf.Tensor,
  attributes: Attributes,
  parts: number,
): { B: number; H: number; T: number; D: number } {
  const [B, H] = [attributes.batch as number, attributes.nHead as number]; // numbers by type
  const [N, columns] = x.shape;
  return { B, H, T: N / B, D: columns / parts / H };
}

function scaleOf({ scale }: Attributes): number {
  return scale as number; // attention() put a number there
}

function drop(weights: tf.Tensor, attributes: Attributes): tf.Tensor | undefined {
  const dropout = dropoutOf(attributes);
  if (dropout.rate === 0) return undefined;
  return keep(weights, keptEntries(weights.shape, dropout), attributes);
}
