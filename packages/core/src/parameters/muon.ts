import * as tf from '@tensorflow/tfjs-core';

import type { ElementwiseRule, MuonRule } from './optimizer.js';
import type { PiecesToUpdate } from './parameter-store.js';
import type { ParameterSpec } from './parameter.js';

/** Coefficients of the quintic that moves singular values from (0, 1] to about 1, as torch.optim.Muon has them. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ITERATIONS = 5;
const EPS = 1e-7;

/** Whether Muon updates a parameter: the matrix of a linear layer in a block. */
export function isMuonMatrix({ name, shape, block }: ParameterSpec): boolean {
  return block !== undefined && shape.length === 2 && name.endsWith('.weight');
}

/** Returns the factor of Muon's update that gives it the root mean square of a typical update of AdamW. */
export function muonFactor([rows, columns]: readonly number[]): number {
  return 0.2 * Math.sqrt(Math.max(rows, columns));
}

/** Returns the rule for the parameters that Muon leaves to AdamW. */
export function restOfMuon(rule: MuonRule): ElementwiseRule {
  const { learningRate, beta1, beta2, eps, weightDecay, count } = rule;
  return { kind: 'adam', decay: 'decoupled', learningRate, beta1, beta2, eps, weightDecay, count };
}

/** An update of whole parameters by Muon. */
type MuonUpdate = Omit<PiecesToUpdate, 'rule'> & { readonly rule: MuonRule };

/**
 * Updates parameters in place by Muon: the matrices in blocks by their orthogonalized momentum, and all others by
 * AdamW.
 *
 * @see Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/; Liu et al. 2025, section 2.2,
 *   https://arxiv.org/abs/2502.16982, for the factor of the learning rate
 * @param pieces - Whole parameters, in the order of `specs`.
 * @param update - Updates consecutive pieces by AdamW.
 */
export function updateByMuon(
  specs: readonly ParameterSpec[],
  pieces: MuonUpdate,
  update: (pieces: PiecesToUpdate) => void,
): void {
  const starts = [0];
  for (const { length } of pieces.values) starts.push(starts[starts.length - 1] + length);
  const groups = new Map<string, number[]>();
  let first = 0;
  specs.forEach((spec, i) => {
    if (!isMuonMatrix(spec)) return;
    if (i > first) update(between(pieces, first, i, starts));
    first = i + 1;
    const shape = spec.shape.join();
    groups.set(shape, [...(groups.get(shape) ?? []), i]);
  });
  if (specs.length > first) update(between(pieces, first, specs.length, starts));
  updateMatrices(specs, [...groups.values()], pieces, starts);
}

/** Returns the pieces with indices from `start` to `end - 1`, with the rule by which AdamW updates them. */
function between(
  { gradients, values, decays, slot, rule, scale }: MuonUpdate,
  start: number,
  end: number,
  starts: readonly number[],
): PiecesToUpdate {
  return {
    gradients: gradients.slice(start, end),
    values: values.slice(start, end),
    decays: decays.slice(start, end),
    slot: (name) => slot(name).subarray(starts[start], starts[end]),
    rule: restOfMuon(rule),
    scale,
  };
}

/**
 * Updates matrices by their orthogonalized momentum.
 *
 * @param groups - Indexes of the matrices of each shape.
 */
function updateMatrices(
  specs: readonly ParameterSpec[],
  groups: readonly (readonly number[])[],
  { gradients, values, slot, rule, scale }: MuonUpdate,
  starts: readonly number[],
): void {
  const momentum = slot('mean');
  const directions = groups.map((indexes) => {
    const size = values[indexes[0]].length;
    const each = new Float32Array(indexes.length * size);
    indexes.forEach((i, at) => {
      const own = momentum.subarray(starts[i], starts[i + 1]);
      moveMomentum(rule, gradients[i], scale, own, each.subarray(at * size, (at + 1) * size));
    });
    return each;
  });
  const orthogonal = tf.tidy(() => {
    const tensors = groups.map((indexes, g) => {
      const [rows, columns] = specs[indexes[0]].shape;
      return tf.tensor3d(directions[g], [indexes.length, rows, columns]);
    });
    return orthogonalize(tensors);
  });
  groups.forEach((indexes, g) => {
    const numbers = orthogonal[g].dataSync<'float32'>();
    const step = rule.learningRate * muonFactor(specs[indexes[0]].shape);
    const shrink = 1 - rule.learningRate * rule.weightDecay;
    indexes.forEach((i, at) => {
      const own = values[i];
      const start = at * own.length;
      for (let j = 0; j < own.length; j++) own[j] = shrink * own[j] - step * numbers[start + j];
    });
  });
  tf.dispose(orthogonal);
}

/**
 * Updates the momentum of a matrix in place by a gradient, and writes the direction of the update: the momentum, or
 * with `nesterov` a weighted mean of momentum and gradient.
 */
function moveMomentum(
  { momentum, nesterov }: MuonRule,
  gradient: ArrayLike<number>,
  scale: number,
  own: Float32Array,
  into: Float32Array,
): void {
  for (let j = 0; j < own.length; j++) {
    const g = gradient[j] * scale;
    const moved = g + momentum * (own[j] - g);
    own[j] = moved;
    into[j] = nesterov ? g + momentum * (moved - g) : moved;
  }
}

/**
 * Brings the singular values of matrices to about 1, between 0.5 and 1.5, by five iterations of Newton and Schulz. All
 * factors of a matrix X are polynomials of `X X'` (or `X' X`, whichever is smaller) and commute, so they are multiplied
 * with one another first and with X last.
 *
 * @param groups - Matrices of equal shape, `[N, R, C]` each.
 */
export function orthogonalize(groups: readonly tf.Tensor3D[]): tf.Tensor3D[] {
  return tf.tidy(() => {
    const scaled = groups.map((matrices) => {
      const norms = tf.sqrt(tf.sum(tf.square(matrices), [1, 2], true));
      return tf.div<tf.Tensor3D>(matrices, tf.maximum(norms, EPS));
    });
    const factors = new Array<tf.Tensor3D>(groups.length);
    for (const size of new Set(scaled.map(sizeOfGram))) {
      const own = [...scaled.keys()].filter((i) => sizeOfGram(scaled[i]) === size);
      const grams = own.map((i): tf.Tensor3D => {
        return tf.matMul(scaled[i], scaled[i], isTall(scaled[i]), !isTall(scaled[i]));
      });
      const counts = grams.map(({ shape }) => shape[0]);
      const parts = tf.split<tf.Tensor3D>(newtonSchulz(tf.concat(grams, 0)), counts);
      own.forEach((i, at) => (factors[i] = parts[at]));
    }
    return scaled.map((x, i) => (isTall(x) ? tf.matMul(x, factors[i]) : tf.matMul(factors[i], x)));
  });
}

/**
 * Returns the product of the factors by which all iterations of Newton and Schulz multiply a matrix X, for N matrices
 * at once, `[N, K, K]`.
 *
 * @param gram - `X X'` or `X' X`, `[N, K, K]`, with eigenvalues up to 1.
 */
function newtonSchulz(gram: tf.Tensor3D): tf.Tensor3D {
  const identity = tf.mul<tf.Tensor3D>(tf.expandDims(tf.eye(gram.shape[1])), A);
  let [product, current] = [identity, gram];
  for (let i = 0; i < ITERATIONS; i++) {
    const terms = tf.add(tf.mul(tf.matMul(current, current), C), tf.mul(current, B));
    const factor = tf.add<tf.Tensor3D>(terms, identity);
    product = i === 0 ? factor : tf.matMul(factor, product);
    if (i + 1 < ITERATIONS) current = tf.matMul(tf.matMul(factor, current), factor);
  }
  return product;
}

function isTall({ shape: [, rows, columns] }: tf.Tensor3D): boolean {
  return rows > columns;
}

function sizeOfGram({ shape: [, rows, columns] }: tf.Tensor3D): number {
  return Math.min(rows, columns);
}
