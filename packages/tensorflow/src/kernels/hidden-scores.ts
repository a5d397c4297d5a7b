import * as tf from '@tensorflow/tfjs-core';

/** Added to the score of a position that may not be seen. */
const HIDDEN_SCORE = -1e9;

/**
 * Added to the scores: 0 where query t may see key s, otherwise very negative.
 *
 * @param first - The first position that one sees.
 * @param prefixLengths - Of each sequence; its positions see one another both ways.
 * @param lengths - Length of each sequence without its padding, which is masked.
 * @returns `[1, 1, T, T]`, or `[B, 1, T, T]` with prefixes or lengths.
 */
export function hiddenScores(
  T: number,
  first: (t: number) => number,
  prefixLengths?: ArrayLike<number>,
  lengths?: ArrayLike<number>,
): tf.Tensor {
  const B = (prefixLengths ?? lengths)?.length ?? 1;
  const scores = new Float32Array(B * T * T);
  for (let sequence = 0; sequence < B; sequence++) {
    const [prefix, length] = [prefixLengths?.[sequence] ?? 0, lengths?.[sequence] ?? T];
    for (let t = 0; t < T; t++) {
      const row = (sequence * T + t) * T;
      scores.fill(HIDDEN_SCORE, row, row + first(t));
      scores.fill(HIDDEN_SCORE, row + Math.min(length, Math.max(t + 1, prefix)), row + T);
    }
  }
  return tf.tensor4d(scores, [B, 1, T, T]);
}

/** A mask with 1 for each position and 0 for padding, `[B, 1, T, 1]`. */
export function positionMask(T: number, lengths: ArrayLike<number>): tf.Tensor {
  const mask = Array.from(lengths, (length) => Array.from({ length: T }, (_, t) => +(t < length)));
  return tf.tensor4d(mask.flat(), [mask.length, 1, T, 1]);
}
