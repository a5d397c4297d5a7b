import * as tf from '@tensorflow/tfjs-core';

import { oneHot } from './cross-entropy.js';
import { defineOp } from './define-op.js';

/**
 * Looks up rows of a table by ids.
 *
 * @param table - `[V, C]`.
 * @param ids - int32 `[N]`, each in `[0, V)`, checked by the caller.
 * @returns `[N, C]`.
 */
export function embedding(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  return run({ table, ids }, { rows: table.shape[0] })[0] as tf.Tensor2D; // [N, C] by construction
}

/**
 * Kernel `Embedding`: `{ table [V, C], ids int32 [N] }`, `{ rows: V }` to `[y [N, C]]`.
 * Kernel `EmbeddingGrad` returns the gradient of the table: rows of `dy` added up by id.
 */
const run = defineOp({
  name: 'Embedding',
  savedInputs: ['ids'],
  differentiable: ['table'],
  resultShape: ({ table, ids }) => [ids[0], table[1]],
  forward: ({ table, ids }) => [tf.gather(table, tf.cast(ids, 'int32'))],
  backward: ({ dy, ids }, { rows }) => {
    return [tf.matMul(oneHot(ids, rows as number), dy, true, false)]; // rows is a number by type
  },
});

/**
 * Multiplies by a constant.
 *
 * @param x - `[N, C]`.
 * @returns `[N, C]`.
 */
export function scaled(x: tf.Tensor2D, factor: number): tf.Tensor2D {
  return runScaled({ x }, { factor })[0] as tf.Tensor2D; // [N, C] by construction
}

/** Kernel `Scaled`: `{ x [N, C] }`, `{ factor }` to `[y [N, C]]`. Kernel `ScaledGrad` returns the gradient of x. */
const runScaled = defineOp({
  name: 'Scaled',
  savedInputs: [],
  differentiable: ['x'],
  forward: ({ x }, { factor }) => [tf.mul(x, factor as number)], // a number by type
  backward: ({ dy }, { factor }) => [tf.mul(dy, factor as number)],
});
