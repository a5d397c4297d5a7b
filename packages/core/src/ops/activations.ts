import * as tf from '@tensorflow/tfjs-core';

import { defineOp } from './define-op.js';

const SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/**
 * Computes GELU in the tanh form of GPT-2, `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`, for any shape.
 *
 * @see Hendrycks and Gimpel 2016, section 2, https://arxiv.org/abs/1606.08415
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(0.5, x), tf.add(1, innerTanh(x)));
}

/**
 * Returns the derivative of GELU, `0.5 (1 + tanh u) + 0.5 x (1 - tanh^2 u) u'`, with u the argument of tanh in
 * `gelu`.
 */
export function geluDerivative(x: tf.Tensor): tf.Tensor {
  const t = innerTanh(x);
  const slope = tf.mul(SCALE, tf.add(1, tf.mul(3 * CUBIC, tf.square(x))));
  const curve = tf.mul(tf.mul(x, tf.sub(1, tf.square(t))), slope);
  return tf.mul(0.5, tf.add(tf.add(1, t), curve));
}

function innerTanh(x: tf.Tensor): tf.Tensor {
  const cube = tf.mul(x, tf.square(x));
  return tf.tanh(tf.mul(SCALE, tf.add(x, tf.mul(CUBIC, cube))));
}

/**
 * Computes GELU as an op with a gradient, for layers in which it is not fused with the matrix product
 * (`FusedLinear`).
 *
 * @param x - `[N, F]`.
 * @returns `[N, F]`.
 */
export function geluOf(x: tf.Tensor2D): tf.Tensor2D {
  return runGelu({ x }, {})[0] as tf.Tensor2D; // [N, F] by construction
}

/** Kernel `Gelu`: `{ x [N, F] }` to `[y [N, F]]`. Kernel `GeluGrad` returns the gradient of x. */
const runGelu = defineOp({
  name: 'Gelu',
  savedInputs: ['x'],
  differentiable: ['x'],
  forward: ({ x }) => [gelu(x)],
  backward: ({ dy, x }) => [tf.mul(dy, geluDerivative(x))],
});

/** The activation of a gate: SiLU (also called swish), `x / (1 + e^-x)`, or GELU in the tanh form. */
export type GateActivation = 'silu' | 'gelu';

/**
 * A gated linear unit: the activation of the first half of the columns times the second half.
 *
 * @param x - `[N, 2F]`: the columns of the gate, then the gated columns.
 * @returns `[N, F]`.
 * @see Shazeer 2020, section 2, https://arxiv.org/abs/2002.05202
 */
export function gated(x: tf.Tensor2D, activation: GateActivation): tf.Tensor2D {
  return run({ x }, { activation })[0] as tf.Tensor2D; // [N, F] by construction
}

/**
 * Kernel `Gated`: `{ x [N, 2F] }`, `{ activation: 'silu' | 'gelu' }` to `[y [N, F], …residuals]`.
 * Kernel `GatedGrad` returns the gradient of x.
 */
const run = defineOp({
  name: 'Gated',
  savedInputs: ['x'],
  differentiable: ['x'],
  resultShape: ({ x: [rows, columns] }) => [rows, columns / 2],
  forward: ({ x }, { activation }) => {
    const [gate, value] = halves(x);
    return [tf.mul(activation === 'silu' ? silu(gate) : gelu(gate), value)];
  },
  backward: ({ dy, x }, { activation }) => {
    const [gate, value] = halves(x);
    const isSilu = activation === 'silu';
    const slope = isSilu ? siluDerivative(gate) : geluDerivative(gate);
    const dGate = tf.mul(tf.mul(dy, value), slope);
    return [tf.concat([dGate, tf.mul(dy, isSilu ? silu(gate) : gelu(gate))], 1)];
  },
});

function halves(x: tf.Tensor): tf.Tensor[] {
  return tf.split(x, 2, 1);
}

function silu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(x));
}

/** Returns the derivative of SiLU, `s (1 + x (1 - s))` with s the sigmoid of x. */
function siluDerivative(x: tf.Tensor): tf.Tensor {
  const s = tf.sigmoid(x);
  return tf.mul(s, tf.add(1, tf.mul(x, tf.sub(1, s))));
}
