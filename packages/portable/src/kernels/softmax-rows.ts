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

/** How products of queries and keys become scores. */
export interface ScoreSettings {
  /** Factor of the products. */
  readonly scale: number;
  /** The bound of scores, which become `cap * tanh(score / cap)`; 0 for none. */
  readonly cap: number;
}

/**
 * The softmax of each row's scores over what it may see; the other weights stay as they are.
 *
 * @param products - Of queries and keys, `[T, T]`.
 * @param weights - `[T, T]`, full of zeros.
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
 * The gradient of the products from that of the weights; 0 where a weight is.
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

/** A score bounded by a cap. */
function capped(score: number, cap: number): number {
  return cap * Math.tanh(score / cap);
}
