import type * as tf from '@tensorflow/tfjs-core';

import type { UpdateRule } from '../parameters/optimizer.js';

/** The gradients of all parameters, by name. */
export type Gradients = Readonly<Record<string, tf.Tensor>>;

/**
 * How gradients become an update, of one process or of ranks. An update is a pass that tells buckets of
 * gradients, if it does, then `complete`, then perhaps `apply`.
 */
export interface SharedUpdate {
  /** Takes the gradients of each of `gradientBuckets`, in their order; absent for a process alone. */
  readonly onSummed?: (gradients: Float32Array) => void;
  /**
   * Ends the sums over ranks.
   *
   * @param gradients - All gradients of the pass, of which buckets may have been told before.
   */
  complete(gradients: Gradients): Promise<void>;
  /**
   * Updates the parameters, the same on all ranks. Nothing changes when the norm is not finite.
   *
   * @param clipNorm - Maximum norm of the gradient; 0 for no limit.
   * @returns the norm before clipping.
   */
  apply(rule: UpdateRule, clipNorm: number): Promise<number>;
  /** Gives up what it holds of gradients. */
  release(): void;
}
