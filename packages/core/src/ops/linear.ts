import * as tf from '@tensorflow/tfjs-core';

import { gelu, geluDerivative } from './activations.js';
import { defineOp, type Inputs, type OpDefinition } from './define-op.js';

/** The activation that a linear layer computes together with its product, so that an engine can fuse them. */
export type Activation = 'none' | 'gelu';

/** Learned parameters of a linear layer. The weight is `[in, out]`, the transpose of PyTorch's. */
export interface LinearParams {
  /** The weight matrix, `[in, out]`. */
  readonly weight: tf.Tensor2D;
  /** The bias, `[out]`; none by default. */
  readonly bias?: tf.Tensor1D;
}

/**
 * A linear layer: `activation(x · weight + bias)`; the bias is optional.
 *
 * @param x - `[N, in]`.
 * @returns `[N, out]`.
 */
export function linear(
  x: tf.Tensor2D,
  params: LinearParams,
  activation: Activation = 'none',
): tf.Tensor2D {
  return callWith(run, x, params, activation);
}

/** A linear layer whose parameters are not trained: the same as `linear`, with a gradient only for `x`. */
export function frozenLinear(
  x: tf.Tensor2D,
  params: LinearParams,
  activation: Activation = 'none',
): tf.Tensor2D {
  return callWith(runFrozen, x, params, activation);
}

function callWith(
  op: ReturnType<typeof defineOp>,
  x: tf.Tensor2D,
  { weight, bias }: LinearParams,
  activation: Activation,
): tf.Tensor2D {
  const inputs: Inputs = { x, weight, ...(bias && { bias }) };
  const attributes = { activation, hasBias: bias !== undefined };
  return op(inputs, attributes)[0] as tf.Tensor2D; // [N, out] by construction
}

const OP = {
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
} satisfies OpDefinition;

/**
 * Kernel `FusedLinear`: `{ x [N, in], weight [in, out], bias? [out] }`, `{ activation, hasBias }` to
 * `[y [N, out], …residuals]`. Kernel `FusedLinearGrad` returns the gradients of x, weight and the optional bias.
 */
const run = defineOp(OP);

/** Kernel `FrozenLinear`: the same as `FusedLinear`. Kernel `FrozenLinearGrad` returns only the gradient of x. */
const runFrozen = defineOp({
  ...OP,
  name: 'FrozenLinear',
  savedInputs: ['weight'],
  differentiable: ['x'],
  backward: ({ dy, weight, residual0 }, { activation }) => {
    const dSum = activation === 'gelu' ? tf.mul(dy, geluDerivative(residual0)) : dy;
    return [tf.matMul(dSum, weight, false, true)];
  },
});

/** Number of consecutive entries of a row that share a scale. */
const GROUP = 32;

/**
 * Rounds each row to 8-bit integers in groups of 32 columns: the largest number of a group becomes 127, and
 * the others round to the nearest step. It is the plain form of the engines' integer arithmetic.
 *
 * @param x - `[N, C]`.
 * @returns the rounded numbers as floats, `[N, C]`.
 * @see the blocks of Q8_0 in ggml, https://github.com/ggml-org/ggml
 */
export function roundActivations(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const [N, C] = x.shape;
    const groups = Math.ceil(C / GROUP);
    const padded = tf.pad(x, [
      [0, 0],
      [0, groups * GROUP - C],
    ]);
    const grouped = tf.reshape(padded, [N * groups, GROUP]);
    const steps = tf.div(tf.max(tf.abs(grouped), 1, true), 127);
    // A group of zeros has a step of 0.
    const divisors = tf.add(steps, tf.cast(tf.equal(steps, 0), 'float32'));
    const rounded = tf.mul(tf.round(tf.div(grouped, divisors)), steps);
    const rows: tf.Tensor2D = tf.reshape(rounded, [N, groups * GROUP]);
    return tf.slice(rows, [0, 0], [N, C]);
  });
}
