import * as tf from '@tensorflow/tfjs-core';

import { randomBits } from '../random/random.js';
import { defineOp, type Attributes } from './define-op.js';

/** The numbers that determine which entries one use of dropout removes. */
export interface Dropout {
  /** Fraction of the entries that become zero, in `[0, 1)`. */
  readonly rate: number;
  readonly seed: number;
  /** Training step, counted in micro-batches. */
  readonly step: number;
  /** Index of the dropout layer in the model. */
  readonly stream: number;
}

/** Dropout that keeps all entries. */
export const NO_DROPOUT: Dropout = { rate: 0, seed: 0, step: 0, stream: 0 };

/**
 * Sets a fraction of the entries to zero and scales the others by `1 / (1 - rate)`.
 *
 * @param x - `[N, C]`.
 * @returns `[N, C]`; `x` itself if the rate is 0.
 * @see Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(x: tf.Tensor2D, settings: Dropout): tf.Tensor2D {
  if (settings.rate === 0) return x;
  return run({ x }, { ...settings })[0] as tf.Tensor2D; // [N, C] by construction
}

/**
 * Computes `x + dropout(branch)`, by which a branch of a block joins the residual stream.
 *
 * @param x - `[N, C]`.
 * @param branch - `[N, C]`.
 * @returns `[N, C]`.
 */
export function residual(x: tf.Tensor2D, branch: tf.Tensor2D, settings: Dropout): tf.Tensor2D {
  return runResidual({ x, branch }, { ...settings })[0] as tf.Tensor2D; // [N, C] by construction
}

/**
 * Returns the factor of each entry, 0 or `1 / (1 - rate)`. Entry `i` is kept if 32-bit word `i` of `randomBits` for
 * (seed, 'dropout', step, stream) is at least `rate * 2^32`.
 *
 * @returns a tensor of `shape`, which the caller disposes of.
 */
export function dropoutFactors<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  { rate, seed, step, stream }: Dropout,
): tf.Tensor<R> {
  const words = randomBits(
    { seed, purpose: 'dropout', step, stream },
    tf.util.sizeFromShape(shape),
  );
  const threshold = rate * 2 ** 32;
  const kept = 1 / (1 - rate);
  const factors = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) if (words[i] >= threshold) factors[i] = kept;
  return tf.tensor(factors, shape);
}

/** Reads the dropout settings from a kernel's attributes. */
export function dropoutOf(attributes: Attributes): Dropout {
  return attributes as unknown as Dropout; // the ops in this folder put them there
}

function drop(x: tf.Tensor, attributes: Attributes): tf.Tensor {
  const settings = dropoutOf(attributes);
  // A kernel owns its outputs: a clone shares the numbers, not the tensor.
  return settings.rate === 0 ? tf.clone(x) : tf.mul(x, dropoutFactors(x.shape, settings));
}

/**
 * Kernel `SeededDropout`: `{ x }`, the fields of `Dropout` to `[y]`. Kernel `SeededDropoutGrad` returns the
 * gradient of x, with the same factors drawn again.
 */
const run = defineOp({
  name: 'SeededDropout',
  savedInputs: [],
  differentiable: ['x'],
  forward: ({ x }, attributes) => [drop(x, attributes)],
  backward: ({ dy }, attributes) => [drop(dy, attributes)],
});

/**
 * Kernel `Residual`: `{ x, branch }`, the fields of `Dropout` to `[y]`. Kernel `ResidualGrad`
 * returns the gradients of x and branch.
 */
const runResidual = defineOp({
  name: 'Residual',
  savedInputs: [],
  differentiable: ['x', 'branch'],
  forward: ({ x, branch }, attributes) => [
    dropoutOf(attributes).rate === 0 ? tf.add(x, branch) : tf.add(x, drop(branch, attributes)),
  ],
  backward: ({ dy }, attributes) => [tf.clone(dy), drop(dy, attributes)],
});
