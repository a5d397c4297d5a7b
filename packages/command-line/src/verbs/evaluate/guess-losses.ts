import { entropy } from './entropy.js';
import type { TargetCounts } from './target-counts.js';

type Counts = Pick<TargetCounts, 'tokens' | 'pairs'>;

/** Losses of baselines that predict from counts, in nats per token. */
export interface GuessLosses {
  /** Loss of a unigram baseline, from how often each token occurs. */
  readonly unigram: number;
  /** Loss of a bigram baseline, from how often each token follows the one before. */
  readonly bigram: number;
}

/** Losses of baselines counted in the measured data itself: a lower bound for such baselines. */
export function ownLosses(measured: Counts): GuessLosses {
  const { pairs, tokens } = measured;
  const { counts } = followers(measured);
  return {
    unigram: entropy(tokens),
    bigram: meanLoss(measured, (_, before, pair) => (pairs.get(pair) ?? 0) / counts[before]),
  };
}

/**
 * The losses of baselines that were counted in other data, smoothed for what those lack. The unigram
 * baseline counts each token once more: `p(w) = (c(w) + 1) / (N + V)`. The bigram baseline gives
 * `p(w | v) = (c(v, w) + d(v) p(w)) / (c(v) + d(v))`, where `d(v)` different tokens came after `v`, and
 * `p(w)` where none did.
 *
 * @see Witten & Bell 1991, method C, https://doi.org/10.1109/18.87000
 */
export function learnedLosses(measured: Counts, learned: Counts): GuessLosses {
  const total = learned.tokens.reduce((sum, count) => sum + count, 0);
  const alone = learned.tokens.map((count) => (count + 1) / (total + learned.tokens.length)); // [V]
  const { counts, kinds } = followers(learned);
  return {
    unigram: meanLoss(measured, (target) => alone[target]),
    bigram: meanLoss(measured, (target, before, pair) => {
      const [count, kind] = [learned.pairs.get(pair) ?? 0, kinds[before]];
      return kind === 0 ? alone[target] : (count + kind * alone[target]) / (counts[before] + kind);
    }),
  };
}

/** For each token, how many tokens followed it and how many different ones, `[V]`. */
function followers({ tokens, pairs }: Counts): { counts: Float64Array; kinds: Float64Array } {
  const V = tokens.length;
  const [counts, kinds] = [new Float64Array(V), new Float64Array(V)];
  for (const [pair, count] of pairs) {
    const before = Math.floor(pair / V);
    counts[before] += count;
    kinds[before]++;
  }
  return { counts, kinds };
}

function meanLoss(
  { tokens, pairs }: Counts,
  probability: (target: number, before: number, pair: number) => number,
): number {
  const V = tokens.length;
  let [nats, total] = [0, 0];
  for (const [pair, count] of pairs) {
    nats -= count * Math.log(probability(pair % V, Math.floor(pair / V), pair));
    total += count;
  }
  return nats / total;
}
