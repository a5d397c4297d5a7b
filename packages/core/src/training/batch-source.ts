import type { TrainingBatch } from '../model/forward.js';

/** Batches without end, each a function of its index alone, so that a resumed run draws the same. */
export interface BatchSource {
  /**
   * Makes a micro-batch from its index.
   *
   * @param index - Micro-batches drawn before this one.
   */
  batch(index: number): Promise<TrainingBatch>;
}
