import * as tf from '@tensorflow/tfjs-core';

import { defineOp } from '../../ops/define-op.js';

/**
 * Puts rows in front of those of each sequence.
 *
 * @param memory - `[B * M, C]`: nothing is learned from them.
 * @param x - `[B * T, C]`.
 * @returns `[B * (M + T), C]`.
 */
export function joinRows(memory: tf.Tensor2D, x: tf.Tensor2D, batch: number): tf.Tensor2D {
  return run({ memory, x }, { batch, remembered: memory.shape[0] / batch })[0] as tf.Tensor2D; // by construction
}

/**
 * Kernel `JoinRows`: `{ memory [B * M, C], x [B * T, C] }`, `{ batch: B, remembered: M }` to
 * `[joined [B * (M + T), C]]`. Kernel `JoinRowsGrad` returns the gradient of x.
 */
const run = defineOp({
  name: 'JoinRows',
  savedInputs: [],
  differentiable: ['x'],
  resultShape: ({ memory, x }) => [memory[0] + x[0], x[1]],
  forward: ({ memory, x }, attributes) => {
    const B = attributes.batch as number; // joinRows() put numbers there
    const C = x.shape[1] ?? 0;
    const parts = [memory, x].map((part): tf.Tensor3D => tf.reshape(part, [B, -1, C]));
    return [tf.reshape(tf.concat(parts, 1), [-1, C])];
  },
  backward: ({ dy }, attributes) => {
    const [B, M] = [attributes.batch as number, attributes.remembered as number];
    const C = dy.shape[1] ?? 0;
    const byRow: tf.Tensor3D = tf.reshape(dy, [B, -1, C]);
    const fresh = tf.slice(byRow, [0, M, 0], [B, byRow.shape[1] - M, C]);
    return [tf.reshape(fresh, [-1, C])];
  },
});
