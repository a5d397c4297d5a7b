import * as tf from '@tensorflow/tfjs-core';

/** Numbers of a row, from its beginning, that share a scale. */
const GROUP = 32;

/**
 * Rounds each row to 8-bit integers in groups of 32 columns: the largest number of a group becomes 127, and the
 * others round to the nearest step. This is the plain form of what engines do in integers.
 *
 * @param x - `[N, C]`.
 * @returns the rounded numbers as floats, `[N, C]`.
 * @see the blocks of Q8_0 in ggml, https://github.com/ggml-org/ggml
 */
export function roundActivations(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const [N, C] = x.shape;
    const groups = Math.ceil(C / GROUP);
    const padded = tf.pad(x, [
      [0, 0],
      [0, groups * GROUP - C],
    ]);
    const grouped = tf.reshape(padded, [N * groups, GROUP]);
    const steps = tf.div(tf.max(tf.abs(grouped), 1, true), 127);
    // A group of zeros has no step.
    const divisors = tf.add(steps, tf.cast(tf.equal(steps, 0), 'float32'));
    const rounded = tf.mul(tf.round(tf.div(grouped, divisors)), steps);
    const rows: tf.Tensor2D = tf.reshape(rounded, [N, groups * GROUP]);
    return tf.slice(rows, [0, 0], [N, C]);
  });
}
