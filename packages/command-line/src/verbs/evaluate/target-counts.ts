import type { TrainingBatch } from '@ramble/core';

/** Counts of target tokens, for the losses of baselines. */
export interface TargetCounts {
  /** Whether counting has stopped, because memory has the maximum number of different pairs. */
  readonly isFull: boolean;
  /** Number of times that each token was predicted, `[V]`. */
  readonly tokens: Float64Array;
  /** Number of occurrences of each pair of tokens, by `before * V + target`; pairs that never occurred are absent. */
  readonly pairs: ReadonlyMap<number, number>;
  readonly add: (target: number, before: number, weight: number) => void;
  /** Counts the targets of a batch that have a weight in the loss. */
  readonly addBatch: (batch: TrainingBatch) => void;
}

/** Maximum number of different pairs: some hundred megabytes, and fewer than a map's limit. */
const MAX_PAIRS = 2 ** 22;

/**
 * Counts target tokens and pairs of tokens, for the unigram and bigram baselines.
 *
 * @param mostPairs - Number of different pairs at which counting stops.
 */
export function targetCounts(vocabSize: number, mostPairs = MAX_PAIRS): TargetCounts {
  const tokens = new Float64Array(vocabSize);
  const pairs = new Map<number, number>();
  const counts: TargetCounts = {
    tokens,
    pairs,
    get isFull() {
      return pairs.size >= mostPairs;
    },
    add: (target, before, weight) => {
      if (pairs.size >= mostPairs) return;
      tokens[target] += weight;
      const pair = before * vocabSize + target;
      pairs.set(pair, (pairs.get(pair) ?? 0) + weight);
    },
    addBatch: ({ tokens: befores, targets, weights }) =>
      weights.forEach((weight, i) => {
        if (weight > 0) counts.add(targets[i], befores[i], weight);
      }),
  };
  return counts;
}

/** The entropy of frequencies in nats: the loss of a unigram model with the true frequencies. */
export function entropy(counts: Float64Array): number {
  const sum = counts.reduce((total, count) => total + count, 0);
  return counts.reduce((total, count) => {
    const share = count / sum;
    return share > 0 ? total - share * Math.log(share) : total;
  }, 0);
}

/**
 * Yields batches, and reports each after it was used.
 *
 * @param onBatch - Called with the batch and the number of sequences so far.
 */
export async function* watchBatches(
  batches: AsyncIterable<TrainingBatch>,
  onBatch: (batch: TrainingBatch, sequences: number) => void,
): AsyncGenerator<TrainingBatch> {
  let sequences = 0;
  for await (const batch of batches) {
    yield batch;
    sequences += batch.batchSize;
    onBatch(batch, sequences);
  }
}
