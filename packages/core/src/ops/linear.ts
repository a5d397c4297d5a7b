import * as tf from '@tensorflow/tfjs-core';

import { defineOp, type Inputs } from './define-op.js';
import { gelu, geluDerivative } from './gelu.js';

/**
 * The activation that a linear layer computes together with its product, so that an engine can fuse
 * both.
 */
export type Activation = 'none' | 'gelu';

/** What a linear layer learns; the weight is `[in, out]`, the transpose of what torch keeps. */
export interface LinearParams {
  /** The weight matrix, `[in, out]`. */
  readonly weight: tf.Tensor2D;
  /** The bias, `[out]`; none unless given. */
  readonly bias?: tf.Tensor1D;
}

/**
 * A linear layer: `activation(x · weight + bias)`, or without a bias.
 *
 * @param x - `[N, in]`.
 * @returns `[N, out]`.
 */
export function linear(
  x: tf.Tensor2D,
  { weight, bias }: LinearParams,
  activation: Activation = 'none',
): tf.Tensor2D {
  const inputs: Inputs = { x, weight, ...(bias && { bias }) };
  const attributes = { activation, hasBias: bias !== undefined };
  return run(inputs, attributes)[0] as tf.Tensor2D; // [N, out] by construction
}

/**
 * Kernel `FusedLinear`: `{ x [N, in], weight [in, out], bias? [out] }`, `{ activation, hasBias }` to
 * `[y [N, out], …residuals]`. Kernel `FusedLinearGrad` returns the gradients of x, weight and the bias,
 * if there is one.
 */
const run = defineOp({
  name: 'FusedLinear',
  savedInputs: ['x', 'weight'],
  differentiable: ['x', 'weight', 'bias'],
  resultShape: ({ x, weight }) => [x[0], weight[1]],
  forward: ({ x, weight, ...given }, { activation }) => {
    const { bias } = given as Partial<typeof given>; // not in every layer
    const product = tf.matMul(x, weight);
    const sum = bias ? tf.add(product, bias) : product;
    return activation === 'gelu' ? [gelu(sum), sum] : [sum];
  },
  backward: ({ dy, x, weight, residual0 }, { activation, hasBias }) => {
    const dSum = activation === 'gelu' ? tf.mul(dy, geluDerivative(residual0)) : dy;
    const dx = tf.matMul(dSum, weight, false, true);
    const dWeight = tf.matMul(x, dSum, true, false);
    return hasBias ? [dx, dWeight, tf.sum(dSum, 0)] : [dx, dWeight];
  },
});
