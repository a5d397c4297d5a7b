import * as tf from '@tensorflow/tfjs-core';

import { defineOp } from './define-op.js';
import { gelu, geluDerivative } from './gelu.js';

/** The activation of a gate: SiLU (also called swish), `x / (1 + e^-x)`, or GELU by tanh. */
export type GateActivation = 'silu' | 'gelu';

/**
 * A gated linear unit: the activation of the first half of the columns times the second half.
 *
 * @param x - `[N, 2F]`: the gate's columns, then those that it lets through.
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

/** `s (1 + x (1 - s))` with s the sigmoid of x. */
function siluDerivative(x: tf.Tensor): tf.Tensor {
  const s = tf.sigmoid(x);
  return tf.mul(s, tf.add(1, tf.mul(x, tf.sub(1, s))));
}
