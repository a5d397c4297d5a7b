/** Counts of target tokens, for the losses of baselines. */
export interface TargetCounts {
  /** Whether counting has stopped, because memory has the maximum number of different pairs. */
  readonly isFull: boolean;
  /** Number of times that each token was predicted, `[V]`. */
  readonly tokens: Float64Array;
  /** Number of times that each pair of tokens occurred, by `before * V + target`; pairs that never did are absent. */
  readonly pairs: ReadonlyMap<number, number>;
  readonly add: (target: number, before: number, weight: number) => void;
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
