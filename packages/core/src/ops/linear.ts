import * as tf from '@tensorflow/tfjs-core';

import { defineOp } from './define-op.js';
import { gelu, geluDerivative } from './gelu.js';

export type Activation = 'none' | 'gelu';

export interface LinearParams {
  /** The weight matrix, `[in, out]`. */
  readonly weight: tf.Tensor2D;
  /** The bias, `[out]`. */
  readonly bias: tf.Tensor1D;
}

/**
 * A linear layer: `activation(x · weight + bias)`.
 *
 * @param x - `[N, in]`.
 * @returns `[N, out]`.
 */
export function linear(
  x: tf.Tensor2D,
  { weight, bias }: LinearParams,
  activation: Activation = 'none',
): tf.Tensor2D {
  return run({ x, weight, bias }, { activation })[0] as tf.Tensor2D; // [N, out] by construction
}

/**
 * Kernel `FusedLinear`: `{ x [N, in], weight [in, out], bias [out] }`, `{ activation }` to
 * `[y [N, out], …residuals]`. Kernel `FusedLinearGrad` returns the gradients of x, weight and bias.
 */
const run = defineOp({
  name: 'FusedLinear',
  savedInputs: ['x', 'weight'],
  differentiable: ['x', 'weight', 'bias'],
  forward: ({ x, weight, bias }, { activation }) => {
    const sum = tf.add(tf.matMul(x, weight), bias);
    return activation === 'gelu' ? [gelu(sum), sum] : [sum];
  },
  backward: ({ dy, x, weight, residual0 }, { activation }) => {
    const dSum = activation === 'gelu' ? tf.mul(dy, geluDerivative(residual0)) : dy;
    return [tf.matMul(dSum, weight, false, true), tf.matMul(x, dSum, true, false), tf.sum(dSum, 0)];
  },
});
