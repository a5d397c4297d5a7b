import type { TokenSource } from '../files/token-source.js';
import { randomAt } from '../random/random.js';
import type { BatchSource } from './batch-source.js';

/** The size of batches of crops, and their seed. */
export interface CropOptions {
  /** Tokens of each crop, T. */
  readonly contextLength: number;
  /** Crops a batch, B. */
  readonly batchSize: number;
  readonly seed: number;
}

/**
 * Makes batches of crops at random positions of a long run of tokens; every token has a target, the
 * next one.
 *
 * @throws RangeError when the source is not longer than the context.
 */
export function cropBatches(
  source: TokenSource,
  { contextLength, batchSize, seed }: CropOptions,
): BatchSource {
  const places = source.length - contextLength;
  if (places < 1) {
    throw new RangeError(
      `data: expected more than ${contextLength} tokens (contextLength), got ${source.length}; use more text or a shorter context`,
    );
  }
  return {
    batch: async (index) => {
      const random = randomAt({ seed, purpose: 'batch', step: index });
      const tokens = new Int32Array(batchSize * contextLength);
      const targets = new Int32Array(batchSize * contextLength);
      for (let row = 0; row < batchSize; row++) {
        const crop = await source.read(random.integer(row, places), contextLength + 1);
        tokens.set(crop.subarray(0, contextLength), row * contextLength);
        targets.set(crop.subarray(1), row * contextLength);
      }
      return { tokens, targets, weights: new Float32Array(targets.length).fill(1), batchSize };
    },
  };
}
