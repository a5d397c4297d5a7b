/** Counts of target tokens, for the losses of baselines. */
export interface TargetCounts {
  /** Whether no more is counted, as there are more different pairs than are kept in memory. */
  readonly isFull: boolean;
  /** Number of times that each token was predicted, `[V]`. */
  readonly tokens: Float64Array;
  /** Number of times that each pair of tokens occurred, by `before * V + target`; pairs that never did are absent. */
  readonly pairs: ReadonlyMap<number, number>;
  readonly add: (target: number, before: number, weight: number) => void;
}

/** Different pairs that are kept: some hundred megabytes, and fewer than a map can hold. */
const MAX_PAIRS = 2 ** 22;

/**
 * Counters of target tokens and of pairs of tokens, for the unigram and bigram baselines.
 *
 * @param mostPairs - Different pairs after which no more is counted.
 */
export function targetCounts(vocabSize: number, mostPairs = MAX_PAIRS): TargetCounts {
  const tokens = new Float64Array(vocabSize);
  const pairs = new Map<number, number>();
  return {
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
  };
}
