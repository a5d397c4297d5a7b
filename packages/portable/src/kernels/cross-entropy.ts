import { lossNumbers } from '@ramble/core/engine';
import type * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from '../array-backend.js';
import type { KernelPair } from './dense.js';

type Shares = ReturnType<typeof lossNumbers>;

/**
 * Kernels of `CrossEntropy`. The residuals, which are saved for the gradient, are the losses of the positions, the
 * logits and their log-sum-exp.
 */
export function crossEntropyKernels({ compute, product }: ArrayBackend): KernelPair {
  return {
    forward: ({ hidden, projection, targets, weights }, attributes) => {
      const shares = lossNumbers(attributes);
      const plain = product(hidden as tf.Tensor2D, projection as tf.Tensor2D, { b: true });
      const { cap } = shares;
      const [logits] =
        cap > 0
          ? compute([plain], [plain.shape], ([from], [to]) => {
              for (let i = 0; i < to.length; i++) to[i] = cap * Math.tanh(from[i] / cap);
            })
          : [plain];
      const rows = [targets.size];
      const [loss, perPosition, logSumExp] = compute(
        [logits, targets, weights],
        [[], rows, rows],
        (inputs, outputs) => losses(inputs, outputs, shares),
      );
      return [loss, perPosition, logits, logSumExp];
    },
    backward: (inputs, attributes) => {
      const { dy, hidden, projection, targets, weights } = inputs;
      const { residual1: logits, residual2: logSumExp } = inputs;
      const [dLogits] = compute(
        [dy, logits, logSumExp, targets, weights],
        [logits.shape],
        (numbers, [out]) => logitGradient(numbers, out, lossNumbers(attributes)),
      );
      return [
        product(dLogits as tf.Tensor2D, projection as tf.Tensor2D),
        product(dLogits as tf.Tensor2D, hidden as tf.Tensor2D, { a: true }),
      ];
    },
  };
}

function losses(
  [logits, targets, weights]: readonly Numbers[],
  [loss, perPosition, logSumExp]: readonly Float32Array[],
  { targetShare, otherShare, entropy, zLoss, rDrop }: Shares,
): void {
  const V = logits.length / targets.length;
  for (let n = 0; n < targets.length; n++) {
    const start = n * V;
    let highest = -Infinity;
    for (let v = 0; v < V; v++) if (logits[start + v] > highest) highest = logits[start + v];
    let [sumExp, sum] = [0, 0];
    for (let v = 0; v < V; v++) {
      sumExp += Math.exp(logits[start + v] - highest);
      sum += logits[start + v];
    }
    const logSum = highest + Math.log(sumExp);
    const wanted = (targetShare - otherShare) * logits[start + targets[n]] + otherShare * sum;
    logSumExp[n] = logSum;
    perPosition[n] = logSum - wanted - entropy + zLoss * logSum * logSum;
  }
  const half = targets.length / 2;
  for (let n = 0; n < half && rDrop > 0; n++) {
    const both = divergence(logits, logSumExp, n) + divergence(logits, logSumExp, n + half);
    perPosition[n] += (rDrop / 4) * both;
    perPosition[n + half] += (rDrop / 4) * both;
  }
  loss[0] = perPosition.reduce((total, each, n) => total + each * weights[n], 0);
}

/** Returns the row with which R-Drop compares row `n` of `count`. */
function other(n: number, count: number): number {
  return (n + count / 2) % count;
}

/**
 * Returns the Kullback-Leibler divergence KL(p, p') in nats. p are the probabilities of row `n`, and p' the
 * probabilities of the row with which R-Drop compares it.
 */
function divergence(logits: Numbers, logSumExp: Numbers, n: number): number {
  const V = logits.length / logSumExp.length;
  const m = other(n, logSumExp.length);
  let sum = 0;
  for (let v = 0; v < V; v++) {
    const log = logits[n * V + v] - logSumExp[n];
    sum += Math.exp(log) * (log - logits[m * V + v] + logSumExp[m]);
  }
  return sum;
}

function logitGradient(
  [dy, logits, logSumExp, targets, weights]: readonly Numbers[],
  dLogits: Float32Array,
  { targetShare, otherShare, zLoss, rDrop, cap }: Shares,
): void {
  const V = logits.length / targets.length;
  for (let n = 0; n < targets.length; n++) {
    const weight = dy[0] * weights[n];
    if (weight === 0) continue; // ignored position, such as padding
    const start = n * V;
    const growth = 1 + 2 * zLoss * logSumExp[n];
    for (let v = 0; v < V; v++) {
      const probability = Math.exp(logits[start + v] - logSumExp[n]);
      dLogits[start + v] = weight * (growth * probability - otherShare);
    }
    dLogits[start + targets[n]] -= weight * (targetShare - otherShare);
    if (rDrop > 0) {
      const own = divergence(logits, logSumExp, n);
      const m = other(n, targets.length);
      for (let v = 0; v < V; v++) {
        const log = logits[start + v] - logSumExp[n];
        const otherLog = logits[m * V + v] - logSumExp[m];
        const apart = Math.exp(log) * (log - otherLog - own) + Math.exp(log) - Math.exp(otherLog);
        dLogits[start + v] += weight * (rDrop / 2) * apart;
      }
    }
    for (let v = 0; v < V && cap > 0; v++) dLogits[start + v] *= 1 - (logits[start + v] / cap) ** 2;
  }
}

/**
 * The attention mask of one sequence. A position attends to positions from `first` up to itself, or to its whole
 * prefix.
 */
export interface Seen {
  /** Number of positions, T. */
  readonly count: number;
  /** Number of positions that are not padding. */
  readonly length: number;
  readonly prefixLength: number;
  /** Returns the first position that position `t` attends to. */
  readonly first: (t: number) => number;
}

/** Settings by which products of queries and keys become scores. */
export interface ScoreSettings {
  /** Scale of the products. */
  readonly scale: number;
  /** Bound of the scores, which become `cap * tanh(score / cap)`; 0 for none. */
  readonly cap: number;
}

/**
 * Computes the softmax of each row's scores over its visible positions. Other weights stay unchanged.
 *
 * @param products - Products of queries and keys, `[T, T]`.
 * @param weights - Receives the softmax, `[T, T]`; zeros before.
 */
export function softmaxRows(
  products: Numbers,
  weights: Float32Array,
  { scale, cap }: ScoreSettings,
  { count: T, length, prefixLength, first }: Seen,
): void {
  const scores = cap > 0 ? products.map((product) => capped(product * scale, cap)) : products;
  const factor = cap > 0 ? 1 : scale;
  for (let t = 0; t < length; t++) {
    const start = t * T + first(t);
    const end = t * T + Math.min(length, Math.max(t + 1, prefixLength));
    let highest = -Infinity;
    for (let i = start; i < end; i++) if (scores[i] > highest) highest = scores[i];
    let sum = 0;
    for (let i = start; i < end; i++) {
      weights[i] = Math.exp((scores[i] - highest) * factor);
      sum += weights[i];
    }
    for (let i = start; i < end; i++) weights[i] /= sum;
  }
}

/**
 * Computes the gradient with respect to the products of queries and keys from the gradient with respect to the
 * attention weights; 0 for a weight of 0.
 *
 * @param inputs - Weights, their gradients and, with a cap, the products.
 * @param T - Length of a row.
 */
export function softmaxRowsGradient(
  [weights, dWeights, products]: readonly Numbers[],
  dProducts: Float32Array,
  { scale, cap }: ScoreSettings,
  T: number,
): void {
  for (let start = 0; start < weights.length; start += T) {
    let mean = 0;
    for (let i = start; i < start + T; i++) mean += weights[i] * dWeights[i];
    for (let i = start; i < start + T; i++) {
      const slope = cap > 0 ? 1 - (capped(products[i] * scale, cap) / cap) ** 2 : 1;
      dProducts[i] = weights[i] * (dWeights[i] - mean) * scale * slope;
    }
  }
}

/** Returns a score bounded by a cap. */
function capped(score: number, cap: number): number {
  return cap * Math.tanh(score / cap);
}
