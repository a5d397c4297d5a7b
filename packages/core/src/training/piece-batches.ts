import { randomAt } from '../random/random.js';
import type { BatchSource } from './batch-source.js';
import { type Crop, cropOf } from './crop-example.js';
import type { ExampleBatchOptions, ExampleSource } from './example-batches.js';
import { packExamples } from './pack-examples.js';

/** The size of crops and batches, and how crops are taken. */
export interface PieceBatchOptions extends ExampleBatchOptions {
  /** The domain's; without it crops are tokens from a place on. */
  readonly crop?: Crop;
}

/**
 * Crops at random places of random pieces, each of a variation of its piece. A piece is drawn as often
 * as it is long, so that about all places are, its beginning and its end among them; one that is shorter than
 * the context comes whole.
 *
 * @throws RangeError when there is no piece.
 * @see Huang et al. 2018, section 4.2, https://arxiv.org/abs/1809.04281
 */
export function pieceBatches(
  source: ExampleSource,
  { contextLength, batchSize, seed, crop = cropOf({}) }: PieceBatchOptions,
): BatchSource {
  if (source.length === 0) throw new RangeError('data: expected at least one piece, got none');
  const ends = new Float64Array(source.length);
  let total = 0;
  for (let i = 0; i < source.length; i++) ends[i] = total += source.lengthOf(i);
  return {
    batch: async (index) => {
      const rows = Array.from({ length: batchSize }, async (_, row) => {
        const random = randomAt({ seed, purpose: 'batch', step: index, stream: row });
        const piece = firstAbove(ends, random.integer(0, total));
        const variation = randomAt({ seed, purpose: 'augment', step: index, stream: row });
        const example = await source.read(piece, variation);
        const places = Math.max(1, example.tokens.length - contextLength);
        // As if half a context stood at both ends: else hardly a crop would begin or end with its piece.
        const place = random.integer(1, places + contextLength) - Math.floor(contextLength / 2);
        const start = Math.max(0, Math.min(place, places - 1));
        return crop(example, start, contextLength + 1);
      });
      return packExamples(await Promise.all(rows), contextLength);
    },
  };
}

/** Index of the first of some ascending numbers that is above a value, by bisection. */
function firstAbove(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
