import type { Numbers } from '../array-backend.js';

/** The positions that may be attended to: those up to a position, or its whole prefix. */
export interface Seen {
  /** Number of positions, T. */
  readonly count: number;
  /** Number of positions that are not padding. */
  readonly length: number;
  readonly prefixLength: number;
  /** The first position that one sees. */
  readonly first: (t: number) => number;
}

/**
 * `softmax(scale * scores)` of each row over what it may see; the other weights stay as they are.
 *
 * @param scores - `[T, T]`.
 * @param weights - `[T, T]`, full of zeros.
 */
export function softmaxRows(
  scores: Numbers,
  weights: Float32Array,
  scale: number,
  { count: T, length, prefixLength, first }: Seen,
): void {
  for (let t = 0; t < length; t++) {
    const start = t * T + first(t);
    const end = t * T + Math.min(length, Math.max(t + 1, prefixLength));
    let highest = -Infinity;
    for (let i = start; i < end; i++) if (scores[i] > highest) highest = scores[i];
    let sum = 0;
    for (let i = start; i < end; i++) {
      weights[i] = Math.exp((scores[i] - highest) * scale);
      sum += weights[i];
    }
    for (let i = start; i < end; i++) weights[i] /= sum;
  }
}

/**
 * The gradient of the scores from that of the weights; 0 where a weight is.
 *
 * @param T - Length of a row.
 */
export function softmaxRowsGradient(
  weights: Numbers,
  dWeights: Numbers,
  dScores: Float32Array,
  scale: number,
  T: number,
): void {
  for (let start = 0; start < weights.length; start += T) {
    let mean = 0;
    for (let i = start; i < start + T; i++) mean += weights[i] * dWeights[i];
    for (let i = start; i < start + T; i++) {
      dScores[i] = weights[i] * (dWeights[i] - mean) * scale;
    }
  }
}
