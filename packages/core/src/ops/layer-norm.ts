import * as tf from '@tensorflow/tfjs-core';

import { defineOp } from './define-op.js';

/** Learned parameters of a layer norm: a gain and a bias for each column. */
export interface NormParams {
  /** The gain, `[C]`. */
  readonly gain: tf.Tensor1D;
  /** The bias, `[C]`. */
  readonly bias: tf.Tensor1D;
}

/**
 * Layer normalisation of each row, `(x - mean) / sqrt(variance + eps) * gain + bias`, with the
 * biased variance.
 *
 * @param x - `[N, C]`.
 * @returns `[N, C]`.
 * @see Ba et al. 2016, https://arxiv.org/abs/1607.06450
 */
export function layerNorm(x: tf.Tensor2D, { gain, bias }: NormParams, eps: number): tf.Tensor2D {
  return run({ x, gain, bias }, { eps })[0] as tf.Tensor2D; // [N, C] by construction
}

/**
 * Kernel `LayerNorm`: `{ x [N, C], gain [C], bias [C] }`, `{ eps }` to `[y [N, C], …residuals]`.
 * Kernel `LayerNormGrad` returns the gradients of x, gain and bias.
 */
const run = defineOp({
  name: 'LayerNorm',
  savedInputs: ['x', 'gain'],
  differentiable: ['x', 'gain', 'bias'],
  forward: ({ x, gain, bias }, { eps }) => {
    const { mean, variance } = tf.moments(x, 1, true);
    const inverseDeviation = tf.rsqrt(tf.add(variance, eps as number)); // eps is a number by type
    const normal = tf.mul(tf.sub(x, mean), inverseDeviation);
    return [tf.add(tf.mul(normal, gain), bias), mean, inverseDeviation];
  },
  backward: ({ dy, x, gain, residual0: mean, residual1: inverseDeviation }) => {
    const normal = tf.mul(tf.sub(x, mean), inverseDeviation);
    const dNormal = tf.mul(dy, gain);
    const along = tf.mul(normal, tf.mean(tf.mul(dNormal, normal), 1, true));
    const across = tf.sub(tf.sub(dNormal, tf.mean(dNormal, 1, true)), along);
    return [tf.mul(across, inverseDeviation), tf.sum(tf.mul(dy, normal), 0), tf.sum(dy, 0)];
  },
});
