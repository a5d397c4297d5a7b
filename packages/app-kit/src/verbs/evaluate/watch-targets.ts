import type { TrainingBatch } from '@ramble/core';

/**
 * The same batches; as each was used, its targets are added to `counts`.
 *
 * @param counts - How often each token was to be predicted, weighted as in the loss, `[V]`.
 * @param onBatch - Told the number of sequences so far.
 */
export async function* watchTargets(
  batches: AsyncIterable<TrainingBatch>,
  counts: Float64Array,
  onBatch: (sequences: number) => void,
): AsyncGenerator<TrainingBatch> {
  let sequences = 0;
  for await (const batch of batches) {
    yield batch;
    batch.weights.forEach((weight, i) => {
      counts[batch.targets[i]] += weight;
    });
    sequences += batch.batchSize;
    onBatch(sequences);
  }
}
