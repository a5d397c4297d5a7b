import type { KernelEngine } from '../../ops/current-engine.js';

/** An engine as sampling sees it. */
export interface SoftmaxEngine extends KernelEngine {
  /** Computes the softmax of a vocabulary faster than plain JavaScript. */
  readonly softmax?: DoubleSoftmax;
}

/**
 * A softmax in double precision.
 *
 * @param probabilities - Receives the softmax; `null` when only the sum is needed.
 * @returns the logarithm of the sum: a token's log-probability is its logit less this.
 */
export type DoubleSoftmax = (
  logits: Float32Array | Float64Array,
  probabilities: Float64Array | null,
) => number;
