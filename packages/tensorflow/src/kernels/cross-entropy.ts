import type { Attributes } from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

import { raw } from '../raw-ops.js';
import type { Kernel } from './kernel.js';

/** Whether this kernel computes it: logits have no bound. */
export function isUncapped({ cap }: Attributes): boolean {
  return cap === 0;
}

/**
 * `CrossEntropy`: residuals are the losses of the positions and, `[N, V]`, their gradients by the
 * logits, which TensorFlow computes with the losses.
 */
export const crossEntropy: Kernel = ({ hidden, projection, targets, weights }, attributes) => {
  const logits = raw.matMul(hidden, projection, false, true);
  const [perPosition, dLogits] = lossesOf(logits, targets, attributes);
  const N = hidden.shape[0];
  const loss = raw.matMul(raw.reshape(weights, [1, N]), raw.reshape(perPosition, [N, 1]));
  return [raw.reshape(loss, []), perPosition, dLogits];
};

/** The weights of the positions go to the narrow factor of each product. */
export const crossEntropyGrad: Kernel = ({
  dy,
  hidden,
  projection,
  weights,
  residual1: dLogits,
}) => {
  const scale = raw.reshape(raw.mul(weights, dy), [hidden.shape[0], 1]);
  const dHidden = raw.mul(raw.matMul(dLogits, projection), scale);
  return [dHidden, raw.matMul(dLogits, raw.mul(hidden, scale), true, false)];
};

function lossesOf(logits: tf.Tensor, targets: tf.Tensor, attributes: Attributes): tf.Tensor[] {
  const { targetShare, otherShare, entropy, zLoss } = numbersOf(attributes);
  if (otherShare === 0 && zLoss === 0) return raw.sparseSoftmaxCrossEntropy(logits, targets);

  const wanted = raw.oneHot(targets, logits.shape[1] ?? 0, targetShare, otherShare);
  const [losses, dLogits] = raw.softmaxCrossEntropy(logits, wanted);
  const perPosition = raw.shift(losses, -entropy);
  if (zLoss === 0) return [perPosition, dLogits];

  // The loss is logSumExp - sum(wanted * logits), for `wanted` sums to 1.
  const N = logits.shape[0];
  const agreement = raw.sum(raw.mul(wanted, logits), 1);
  const logSumExp = raw.add(raw.reshape(losses, [N, 1]), agreement);
  const penalty = raw.reshape(raw.scale(raw.square(logSumExp), zLoss), [N]);
  const predicted = raw.add(dLogits, wanted);
  const dPenalty = raw.mul(predicted, raw.scale(logSumExp, 2 * zLoss));
  return [raw.add(perPosition, penalty), raw.add(dLogits, dPenalty)];
}

function numbersOf(
  attributes: Attributes,
): Record<'targetShare' | 'otherShare' | 'entropy' | 'zLoss', number> {
  return attributes as ReturnType<typeof numbersOf>; // crossEntropy() put numbers there
}
