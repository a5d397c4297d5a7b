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
  return runLayerNorm({ x, gain, bias }, { eps })[0] as tf.Tensor2D; // [N, C] by construction
}

/**
 * Kernel `LayerNorm`: `{ x [N, C], gain [C], bias [C] }`, `{ eps }` to `[y [N, C], …residuals]`.
 * Kernel `LayerNormGrad` returns the gradients of x, gain and bias.
 */
const runLayerNorm = defineOp({
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

/**
 * Divides each row by the root of its mean square and multiplies by a gain,
 * `x / sqrt(mean(x^2) + eps) * gain`.
 *
 * @param x - `[N, C]`.
 * @param gain - `[C]`.
 * @returns `[N, C]`.
 * @see Zhang and Sennrich 2019, section 4, https://arxiv.org/abs/1910.07467
 */
export function rmsNorm(x: tf.Tensor2D, gain: tf.Tensor1D, eps: number): tf.Tensor2D {
  return runRmsNorm({ x, gain }, { eps })[0] as tf.Tensor2D; // [N, C] by construction
}

/**
 * Kernel `RmsNorm`: `{ x [N, C], gain [C] }`, `{ eps }` to `[y [N, C], …residuals]`. Kernel
 * `RmsNormGrad` returns the gradients of x and gain.
 */
const runRmsNorm = defineOp({
  name: 'RmsNorm',
  savedInputs: ['x', 'gain'],
  differentiable: ['x', 'gain'],
  forward: ({ x, gain }, { eps }) => {
    const inverse = inverseRoot(x, eps as number); // eps is a number by type
    return [tf.mul(tf.mul(x, inverse), gain), inverse];
  },
  backward: ({ dy, x, gain, residual0: inverse }) => {
    const normal = tf.mul(x, inverse);
    return [rmsGradient(tf.mul(dy, gain), normal, inverse), tf.sum(tf.mul(dy, normal), 0)];
  },
});

/** Returns `1 / sqrt(mean(x^2) + eps)` over the last axis. That axis stays, with length 1. */
export function inverseRoot(x: tf.Tensor, eps: number): tf.Tensor {
  return tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), eps));
}

/**
 * Returns the gradient of the input of an RMS normalization along the last axis.
 *
 * @param dNormal - Gradient of the normalized numbers, before their gain.
 * @param normal - The normalized numbers, before their gain.
 * @param inverse - Result of `inverseRoot` for the input.
 */
export function rmsGradient(dNormal: tf.Tensor, normal: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  const along = tf.mul(normal, tf.mean(tf.mul(dNormal, normal), -1, true));
  return tf.mul(tf.sub(dNormal, along), inverse);
}

/** The ops of norms by name; `part` returns a learned vector of the norm, `gain` or `bias`. */
export const NORM_OPS = {
  // Every store has vectors of these names.
  layerNorm: (x, part, eps) =>
    layerNorm(x, { gain: part('gain') as tf.Tensor1D, bias: part('bias') as tf.Tensor1D }, eps),
  rmsNorm: (x, part, eps) => rmsNorm(x, part('gain') as tf.Tensor1D, eps),
} as const satisfies Readonly<
  Record<string, (x: tf.Tensor2D, part: (name: string) => tf.Tensor, eps: number) => tf.Tensor2D>
>;
