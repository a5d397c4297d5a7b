import * as tf from '@tensorflow/tfjs-core';

import { type Attributes, defineOp } from '../../ops/define-op.js';

/** The shape of the heads of queries, keys and values, and the number of heads to rotate. */
export interface RotatedHeads {
  /** Width of a head, D. */
  readonly headDim: number;
  /** Number of first heads to rotate: the heads of queries and keys. */
  readonly heads: number;
}

/**
 * Turns queries and keys by the angles of their positions, so that their scalar products depend on the
 * distance alone. Of a head, columns i and `i + R / 2` turn together; those from R on stay.
 *
 * @param qkv - Heads as columns, `[N, W]`.
 * @param angles - Cosines and sines of each row's angles, `[N, R]`: R / 2 of each.
 * @returns `[N, W]`.
 * @see Su et al. 2021, section 3.2, https://arxiv.org/abs/2104.09864
 */
export function rotateHeads(
  qkv: tf.Tensor2D,
  angles: tf.Tensor2D,
  { headDim, heads }: RotatedHeads,
): tf.Tensor2D {
  return run({ qkv, angles }, { headDim, heads })[0] as tf.Tensor2D; // as qkv
}

/**
 * Kernel `RotateHeads`: `{ qkv [N, W], angles [N, R] }`, `{ headDim, heads }` to `[turned [N, W]]`. Kernel `RotateHeadsGrad` returns the gradient of qkv, which turns the other way.
 */
const run = defineOp({
  name: 'RotateHeads',
  savedInputs: ['angles'],
  differentiable: ['qkv'],
  forward: ({ qkv, angles }, attributes) => [turned(qkv, angles, attributes, 1)],
  backward: ({ dy, angles }, attributes) => [turned(dy, angles, attributes, -1)],
});

function turned(
  x: tf.Tensor,
  angles: tf.Tensor,
  { headDim, heads }: Attributes,
  direction: 1 | -1,
): tf.Tensor {
  const [D, H] = [headDim as number, heads as number]; // rotateHeads() put numbers there
  const [[N, W], [, R]] = [x.shape, angles.shape as [number, number]];
  const [cos, sin] = tf.split(tf.reshape(angles, [N, 1, R]), 2, 2);
  const all = tf.reshape(tf.slice(x, [0, 0], [N, H * D]), [N, H, D]);
  const [a, b, rest] = tf.split(all, [R / 2, R / 2, D - R], 2);
  const signed = tf.mul(sin, direction);
  const first = tf.sub(tf.mul(a, cos), tf.mul(b, signed));
  const second = tf.add(tf.mul(b, cos), tf.mul(a, signed));
  const own = tf.reshape(tf.concat([first, second, rest], 2), [N, H * D]);
  return tf.concat([own, tf.slice(x, [0, H * D], [N, W - H * D])], 1);
}
