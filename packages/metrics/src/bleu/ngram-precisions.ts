import type { BleuSettings } from './bleu-options.js';

/** Stands for the logarithm of zero, as in sacreBLEU: a mean with it in it is zero. */
const LOG_OF_ZERO = -9_999_999_999;

/** Smoothed precisions of n-grams of each order, in percent, and their geometric mean. */
export interface NgramPrecisions {
  readonly counts: readonly number[];
  readonly totals: readonly number[];
  readonly precisions: readonly number[];
  readonly mean: number;
}

/**
 * Smooths and averages precisions.
 *
 * @param matches - N-grams that match, of each order.
 * @param all - N-grams, of each order.
 * @see Chen and Cherry 2014, https://aclanthology.org/W14-3346: `floor`, `add-k` and `exp` are its
 *   methods 1, 2 and 3
 */
export function ngramPrecisions(
  matches: readonly number[],
  all: readonly number[],
  { smoothMethod, smoothValue = 0, effectiveOrder, maxNgramOrder }: BleuSettings,
): NgramPrecisions {
  const [counts, totals] = [[...matches], [...all]];
  const precisions = counts.map(() => 0);
  if (matches.every((count) => count === 0)) return { counts, totals, precisions, mean: 0 };
  let order = maxNgramOrder;
  let halved = 1;
  for (let i = 0; i < maxNgramOrder; i++) {
    if (smoothMethod === 'add-k' && i > 0) {
      counts[i] += smoothValue;
      totals[i] += smoothValue;
    }
    if (totals[i] === 0) break;
    if (effectiveOrder) order = i + 1;
    if (counts[i] > 0) precisions[i] = (100 * counts[i]) / totals[i];
    else if (smoothMethod === 'exp') {
      halved *= 2;
      precisions[i] = 100 / (halved * totals[i]);
    } else if (smoothMethod === 'floor') precisions[i] = (100 * smoothValue) / totals[i];
  }
  const logs = precisions.slice(0, order).map((p) => (p === 0 ? LOG_OF_ZERO : Math.log(p)));
  const mean = Math.exp(logs.reduce((sum, log) => sum + log, 0) / order);
  return { counts, totals, precisions, mean };
}
