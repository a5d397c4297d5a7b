import * as tf from '@tensorflow/tfjs-core';

import { defineOp } from './define-op.js';

/**
 * Multiplies by a constant.
 *
 * @param x - `[N, C]`.
 * @returns `[N, C]`.
 */
export function scaled(x: tf.Tensor2D, factor: number): tf.Tensor2D {
  return run({ x }, { factor })[0] as tf.Tensor2D; // [N, C] by construction
}

/** Kernel `Scaled`: `{ x [N, C] }`, `{ factor }` to `[y [N, C]]`. Kernel `ScaledGrad` returns the gradient of x. */
const run = defineOp({
  name: 'Scaled',
  savedInputs: [],
  differentiable: ['x'],
  forward: ({ x }, { factor }) => [tf.mul(x, factor as number)], // a number by type
  backward: ({ dy }, { factor }) => [tf.mul(dy, factor as number)],
});
