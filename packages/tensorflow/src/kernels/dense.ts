import { type Attributes, lossNumbers, type TensorKernel } from '@ramble/core/engine';
import type * as tf from '@tensorflow/tfjs-core';

import { raw } from '../raw-ops.js';

/**
 * Whether the kernels of `CrossEntropy` support the attributes: no bound of the logits, and no comparison of rows
 * (R-Drop).
 */
export function isPlainLoss({ cap, rDrop }: Attributes): boolean {
  return cap === 0 && rDrop === 0;
}

/** Kernels of linear layers, norms, embeddings and losses, by the name of their op. */
export const DENSE_KERNELS: Readonly<Record<string, TensorKernel>> = {
  /**
   * The residuals, which are saved for the gradient, are the losses of the positions and their gradients with respect
   * to the logits, `[N, V]`, which TensorFlow computes with the losses.
   */
  CrossEntropy: ({ hidden, projection, targets, weights }, attributes) => {
    const logits = raw.matMul(hidden, projection, false, true);
    const [perPosition, dLogits] = lossesOf(logits, targets, attributes);
    const N = hidden.shape[0];
    const loss = raw.matMul(raw.reshape(weights, [1, N]), raw.reshape(perPosition, [N, 1]));
    return [raw.reshape(loss, []), perPosition, dLogits];
  },
  /** Multiplies the weights of the positions into the narrower factor of each product, `[N, C]`, not into `[N, V]`. */
  CrossEntropyGrad: ({ dy, hidden, projection, weights, residual1: dLogits }) => {
    const scale = raw.reshape(raw.mul(weights, dy), [hidden.shape[0], 1]);
    const dHidden = raw.mul(raw.matMul(dLogits, projection), scale);
    return [dHidden, raw.matMul(dLogits, raw.mul(hidden, scale), true, false)];
  },
  Embedding: ({ table, ids }) => [raw.gatherRows(table, ids)],
  EmbeddingGrad: ({ dy, ids }, { rows }) => [
    raw.segmentSum(dy, ids, rows as number), // a number by type
  ],
  /** The residuals, which are saved for the gradient of GELU, are the sum before GELU and GELU's sigmoid. */
  FusedLinear: ({ x, weight, ...given }, { activation }) => {
    const { bias } = given as Partial<typeof given>; // optional input
    const product = raw.matMul(x, weight);
    const sum = bias ? raw.biasAdd(product, bias) : product;
    if (activation !== 'gelu') return [sum];
    const [y, share] = gelu(sum);
    return [y, sum, share];
  },
  FusedLinearGrad: (
    { dy, x, weight, residual0: sum, residual1: share },
    { activation, hasBias },
  ) => {
    const dSum = activation === 'gelu' ? geluGrad(dy, sum, share) : dy;
    const dx = raw.matMul(dSum, weight, false, true);
    const dWeight = raw.matMul(x, dSum, true, false);
    return [dx, dWeight, ...(hasBias ? [raw.biasAddGrad(dSum)] : [])];
  },
  /**
   * The residuals, which are saved for the gradient, are the normalized rows and `1 / deviation`, `[N, 1]`. Nine
   * plain ops take half the time of FusedBatchNormV3 with rows as channels.
   */
  LayerNorm: ({ x, gain, bias }, { eps }) => {
    const centered = raw.sub(x, raw.mean(x, 1));
    const variance = raw.mean(raw.square(centered), 1);
    const inverseDeviation = raw.rsqrt(raw.shift(variance, eps as number)); // a number by type
    const normal = raw.mul(centered, inverseDeviation);
    return [raw.biasAdd(raw.mul(normal, gain), bias), normal, inverseDeviation];
  },
  /** Computes `dx = (dn - mean(dn) - normal mean(dn normal)) / deviation`, with `dn = dy gain`. */
  LayerNormGrad: ({ dy, gain, residual0: normal, residual1: inverseDeviation }) => {
    const C = gain.shape[0];
    // The product of rows and this column is the mean over `dy gain`.
    const average = raw.scale(raw.reshape(gain, [C, 1]), 1 / C);
    const dyNormal = raw.mul(dy, normal);
    const along = raw.mul(normal, raw.matMul(dyNormal, average));
    const across = raw.sub(raw.sub(raw.mul(dy, gain), raw.matMul(dy, average)), along);
    return [raw.mul(across, inverseDeviation), raw.biasAddGrad(dyNormal), raw.biasAddGrad(dy)];
  },
};

function lossesOf(logits: tf.Tensor, targets: tf.Tensor, attributes: Attributes): tf.Tensor[] {
  const { targetShare, otherShare, entropy, zLoss } = lossNumbers(attributes);
  if (otherShare === 0 && zLoss === 0) return raw.sparseSoftmaxCrossEntropy(logits, targets);

  const wanted = raw.oneHot(targets, logits.shape[1] ?? 0, targetShare, otherShare);
  const [losses, dLogits] = raw.softmaxCrossEntropy(logits, wanted);
  const perPosition = raw.shift(losses, -entropy);
  if (zLoss === 0) return [perPosition, dLogits];

  // The loss is logSumExp - sum(wanted * logits), because `wanted` sums to 1.
  const N = logits.shape[0];
  const agreement = raw.sum(raw.mul(wanted, logits), 1);
  const logSumExp = raw.add(raw.reshape(losses, [N, 1]), agreement);
  const penalty = raw.reshape(raw.scale(raw.square(logSumExp), zLoss), [N]);
  const predicted = raw.add(dLogits, wanted);
  const dPenalty = raw.mul(predicted, raw.scale(logSumExp, 2 * zLoss));
  return [raw.add(perPosition, penalty), raw.add(dLogits, dPenalty)];
}

// The tanh form, with 0.5 (1 + tanh(u)) = sigmoid(2u): gelu(x) = x sigmoid(x (LINEAR + CUBIC x^2)).
const LINEAR = 2 * Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715 * LINEAR;

/**
 * Computes GELU for any shape.
 *
 * @returns the result and the sigmoid by which x was multiplied, which the gradient needs.
 */
function gelu(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const slope = raw.shift(raw.scale(raw.square(x), CUBIC), LINEAR);
  const share = raw.sigmoid(raw.mul(x, slope));
  return [raw.mul(x, share), share];
}

/**
 * Computes `dy * d gelu(x) / dx` from the sigmoid `share` that `gelu` returned:
 * `dy share + dy share (1 - share) x (LINEAR + 3 CUBIC x^2)`.
 */
function geluGrad(dy: tf.Tensor, x: tf.Tensor, share: tf.Tensor): tf.Tensor {
  const slope = raw.shift(raw.scale(raw.square(x), 3 * CUBIC), LINEAR);
  const change = raw.mul(raw.sigmoidGrad(share, dy), raw.mul(x, slope));
  return raw.add(raw.mul(dy, share), change);
}
