import type { TrainingBatch } from '../model/forward.js';

/**
 * An endless source of batches, each a function of its index alone, so that a resumed run gets the
 * same ones.
 */
export interface BatchSource {
  /**
   * Makes a micro-batch from its index.
   *
   * @param index - Micro-batches drawn before this one.
   */
  batch(index: number): Promise<TrainingBatch>;
}
