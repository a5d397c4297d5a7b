import type { TrainingBatch } from '../model/forward.js';

/** Options of choosing a part of some batches. */
export interface SpreadOptions {
  /** Number of all batches. */
  readonly total: number;
  /** Maximum number that is taken; 0 for all. */
  readonly count: number;
}

/**
 * A part of the validation batches, the same at each call: evenly spread over all of them, so that it
 * stands for the whole. Batches that continue one another are taken from the beginning.
 */
export async function* spreadBatches(
  batches: AsyncIterable<TrainingBatch>,
  { total, count }: SpreadOptions,
): AsyncGenerator<TrainingBatch> {
  const taken = spreadCount({ total, count });
  let index = 0;
  let given = 0;
  for await (const batch of batches) {
    if (given === taken) return;
    const isContinued = batch.continues !== undefined;
    // The middle one of each of so many equal parts.
    const next = isContinued ? index : Math.floor(((given + 0.5) * total) / taken);
    if (index++ < next) continue;
    given++;
    yield batch;
  }
}

/** Number of batches that `spreadBatches` chooses. */
export function spreadCount({ total, count }: SpreadOptions): number {
  return count === 0 ? total : Math.min(total, count);
}
