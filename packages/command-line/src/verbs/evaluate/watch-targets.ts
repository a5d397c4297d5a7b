import type { TrainingBatch } from '@ramble/core';

/**
 * Yields batches and, after each was used, reports its targets.
 *
 * @param onTarget - Called with each target token, the token before it and its weight in the loss.
 * @param onBatch - Called with the number of sequences so far.
 */
export async function* watchTargets(
  batches: AsyncIterable<TrainingBatch>,
  onTarget: (target: number, before: number, weight: number) => void,
  onBatch: (sequences: number) => void,
): AsyncGenerator<TrainingBatch> {
  let sequences = 0;
  for await (const batch of batches) {
    yield batch;
    batch.weights.forEach((weight, i) => {
      if (weight > 0) onTarget(batch.targets[i], batch.tokens[i], weight);
    });
    sequences += batch.batchSize;
    onBatch(sequences);
  }
}
