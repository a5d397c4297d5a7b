import * as tf from '@tensorflow/tfjs-core';

/** Added to the score of a position that may not be seen. */
const HIDDEN_SCORE = -1e9;

/**
 * Added to the scores: 0 where query t may see key s, otherwise very negative.
 *
 * @param prefixLengths - Of each sequence; its positions see one another both ways.
 * @returns `[1, 1, T, T]`, or `[B, 1, T, T]` with prefixes.
 */
export function hiddenScores(T: number, prefixLengths: ArrayLike<number> = [0]): tf.Tensor {
  const B = prefixLengths.length;
  const scores = new Float32Array(B * T * T);
  for (let sequence = 0; sequence < B; sequence++) {
    for (let t = 0; t < T; t++) {
      const row = (sequence * T + t) * T;
      scores.fill(HIDDEN_SCORE, row + Math.max(t + 1, prefixLengths[sequence]), row + T);
    }
  }
  return tf.tensor4d(scores, [B, 1, T, T]);
}
