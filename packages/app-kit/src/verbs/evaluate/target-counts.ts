import { entropy } from './entropy.js';

/** Counts what was to be predicted, for the losses of those who guess. */
export interface TargetCounts {
  readonly add: (target: number, before: number, weight: number) => void;
  /** The loss of one who knows how often each token comes here. */
  unigram(): number;
  /** The loss of one who knows how often each comes here behind each other one. */
  bigram(): number;
}

export function targetCounts(vocabSize: number): TargetCounts {
  const counts = new Float64Array(vocabSize);
  const pairs = new Map<number, number>(); // of those that are there: by before * V + target
  return {
    add: (target, before, weight) => {
      counts[target] += weight;
      const pair = before * vocabSize + target;
      pairs.set(pair, (pairs.get(pair) ?? 0) + weight);
    },
    unigram: () => entropy(counts),
    bigram: () => {
      const firsts = new Map<number, number>();
      let total = 0;
      for (const [pair, count] of pairs) {
        const before = Math.floor(pair / vocabSize);
        firsts.set(before, (firsts.get(before) ?? 0) + count);
        total += count;
      }
      let nats = 0;
      for (const [pair, count] of pairs) {
        nats -= count * Math.log(count / (firsts.get(Math.floor(pair / vocabSize)) ?? count));
      }
      return nats / total;
    },
  };
}
