/**
 * Functions that several attention ops share in their form of tfjs ops: splitting and merging heads, padding,
 * dropout.
 */
import * as tf from '@tensorflow/tfjs-core';

import type { Attributes } from '../../ops/define-op.js';
import { dropoutFactors, dropoutOf } from '../../ops/dropout.js';

/**
 * Splits qkv into queries, `[B, H, T, D]`, and keys and values, `[B, K, T, D]`. K is H unless the attributes have
 * `nKvHead`.
 */
export function splitHeads(
  qkv: tf.Tensor,
  attributes: Attributes,
): [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] {
  const H = attributes.nHead as number; // attention() put numbers there
  const K = (attributes.nKvHead as number | undefined) ?? H;
  const D = (qkv.shape[1] ?? 0) / (H + 2 * K);
  const ofKeys = { ...attributes, nHead: K };
  return [
    splitColumns(qkv, 0, attributes, H * D),
    splitColumns(qkv, H * D, ofKeys, K * D),
    splitColumns(qkv, (H + K) * D, ofKeys, K * D),
  ];
}

/** Repeats each head of keys or values for the queries that share it: `[B, K, T, D]` to `[B, H, T, D]`. */
export function repeatHeads(x: tf.Tensor4D, nHead: number): tf.Tensor4D {
  const [B, K, T, D] = x.shape;
  if (K === nHead) return x;
  const repeated = tf.tile(tf.reshape(x, [B * K, 1, T * D]), [1, nHead / K, 1]);
  return tf.reshape(repeated, [B, nHead, T, D]);
}

/** Adds up the gradients of repeated heads: `[B, H, T, D]` to `[B, K, T, D]`. */
export function sumHeads(x: tf.Tensor4D, nKvHead: number): tf.Tensor4D {
  const [B, H, T, D] = x.shape;
  if (H === nKvHead) return x;
  const byGroup: tf.Tensor3D = tf.reshape(x, [B * nKvHead, H / nKvHead, T * D]);
  return tf.reshape(tf.sum(byGroup, 1), [B, nKvHead, T, D]);
}

/** Splits `C` columns from `start` into heads: `[B * T, …]` to `[B, H, T, D]`. */
export function splitColumns(
  x: tf.Tensor,
  start: number,
  { batch, nHead }: Attributes,
  C = x.shape[1] ?? 0,
): tf.Tensor4D {
  const [B, H] = [batch as number, nHead as number]; // attention() put numbers there
  const T = x.shape[0] / B;
  const columns = tf.slice(x, [0, start], [B * T, C]);
  return tf.transpose(tf.reshape(columns, [B, T, H, C / H]), [0, 2, 1, 3]);
}

/** Merges heads: `[B, H, T, D]` to `[B * T, H D]`. */
export function mergeHeads(x: tf.Tensor4D): tf.Tensor2D {
  const [B, H, T, D] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [B * T, H * D]);
}

/** Applies dropout to weights `[B, H, T, S]`, with the settings in the attributes. */
export function dropWeights(weights: tf.Tensor, attributes: Attributes): tf.Tensor4D {
  const dropout = dropoutOf(attributes);
  const kept =
    dropout.rate === 0 ? weights : tf.mul(weights, dropoutFactors(weights.shape, dropout));
  return kept as tf.Tensor4D; // same shape
}

/** A mask of the positions that are not padding, `[B, 1, T, 1]` or `[B, 1, 1, T]`. */
export function isPosition(T: number, lengths: tf.Tensor, of: 'query' | 'key'): tf.Tensor4D {
  const places = tf.range(0, T);
  const shape: [number, number, number, number] = of === 'key' ? [1, 1, 1, T] : [1, 1, T, 1];
  return tf.less(tf.reshape(places, shape), byBatch(lengths));
}

/** Reshapes a number for each sequence to `[B, 1, 1, 1]`. */
export function byBatch(numbers: tf.Tensor): tf.Tensor4D {
  return tf.reshape(tf.cast(numbers, 'float32'), [-1, 1, 1, 1]);
}
