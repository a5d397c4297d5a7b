/** Counts of what was to be predicted, for the losses of those who guess. */
export interface TargetCounts {
  /** How often each token came, `[V]`. */
  readonly tokens: Float64Array;
  /** How often each came behind each other one, of those that did: by `before * V + target`. */
  readonly pairs: ReadonlyMap<number, number>;
  readonly add: (target: number, before: number, weight: number) => void;
}

export function targetCounts(vocabSize: number): TargetCounts {
  const tokens = new Float64Array(vocabSize);
  const pairs = new Map<number, number>();
  return {
    tokens,
    pairs,
    add: (target, before, weight) => {
      tokens[target] += weight;
      const pair = before * vocabSize + target;
      pairs.set(pair, (pairs.get(pair) ?? 0) + weight);
    },
  };
}
