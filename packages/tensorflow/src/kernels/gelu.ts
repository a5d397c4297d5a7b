import type * as tf from '@tensorflow/tfjs-core';

import { raw } from '../raw-ops.js';

// The tanh form, with 0.5 (1 + tanh(u)) = sigmoid(2u): gelu(x) = x sigmoid(x (LINEAR + CUBIC x^2)).
const LINEAR = 2 * Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715 * LINEAR;

/** GELU, any shape. @returns the result and its sigmoid, which the gradient needs. */
export function gelu(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const slope = raw.shift(raw.scale(raw.square(x), CUBIC), LINEAR);
  const share = raw.sigmoid(raw.mul(x, slope));
  return [raw.mul(x, share), share];
}

/** `dy * d gelu(x) / dx`, `dy share + dy share (1 - share) x (LINEAR + 3 CUBIC x^2)`. */
export function geluGrad(dy: tf.Tensor, x: tf.Tensor, share: tf.Tensor): tf.Tensor {
  const slope = raw.shift(raw.scale(raw.square(x), 3 * CUBIC), LINEAR);
  const change = raw.mul(raw.sigmoidGrad(share, dy), raw.mul(x, slope));
  return raw.add(raw.mul(dy, share), change);
}
