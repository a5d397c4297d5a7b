import * as tf from '@tensorflow/tfjs-core';

const SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/**
 * GELU in the tanh form that GPT-2 uses, `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`, any shape.
 *
 * @see Hendrycks and Gimpel 2016, section 2, https://arxiv.org/abs/1606.08415
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(0.5, x), tf.add(1, innerTanh(x)));
}

/** The derivative of GELU, `0.5 (1 + tanh u) + 0.5 x (1 - tanh^2 u) u'`. */
export function geluDerivative(x: tf.Tensor): tf.Tensor {
  const t = innerTanh(x);
  const slope = tf.mul(SCALE, tf.add(1, tf.mul(3 * CUBIC, tf.square(x))));
  const curve = tf.mul(tf.mul(x, tf.sub(1, tf.square(t))), slope);
  return tf.mul(0.5, tf.add(tf.add(1, t), curve));
}

function innerTanh(x: tf.Tensor): tf.Tensor {
  const cube = tf.mul(x, tf.square(x));
  return tf.tanh(tf.mul(SCALE, tf.add(x, tf.mul(CUBIC, cube))));
}
