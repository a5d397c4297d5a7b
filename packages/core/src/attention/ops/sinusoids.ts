import * as tf from '@tensorflow/tfjs-core';

/**
 * Distances from the farthest to 0 as sines, then cosines: `sin(d f_n)`, `cos(d f_n)` with
 * `f_n = 10000^(-2n/C)`. Tensor2tensor and Transformer-XL have them in this order, not in turns.
 *
 * @param width - C, even.
 * @returns `[rows, C]`: the last row is distance 0.
 * @see Vaswani et al. 2017, section 3.5, https://arxiv.org/abs/1706.03762
 */
export function sinusoids(rows: number, width: number): tf.Tensor2D {
  return tf.tensor2d(sinusoidRows(rows, width), [rows, width]);
}

let made = { rows: 0, width: 0, values: new Float32Array() };

/** Sinusoids as numbers, kept until another size is requested: every layer requests the same one. */
export function sinusoidRows(rows: number, width: number): Float32Array {
  if (made.rows === rows && made.width === width) return made.values;
  const values = new Float32Array(rows * width);
  const half = width / 2;
  for (let row = 0; row < rows; row++) {
    for (let n = 0; n < half; n++) {
      const angle = (rows - 1 - row) * 10_000 ** ((-2 * n) / width);
      values[row * width + n] = Math.sin(angle);
      values[row * width + half + n] = Math.cos(angle);
    }
  }
  made = { rows, width, values };
  return values;
}
