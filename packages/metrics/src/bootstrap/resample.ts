import { sumRows } from '../score/corpus-score.js';
import type { Metric, Score } from '../score/metric.js';
import { numpyRandom } from './numpy-random.js';

/** The default seed of sacreBLEU's resampling. */
export const DEFAULT_SEED = 12345;

/** The options of resampling: the number of corpora, and the statistic of their scores. */
export interface ResamplingOptions<S extends Score> {
  /** The number of corpora, at least 1; by default as many as sacreBLEU draws. */
  readonly samples?: number;
  /** The seed of what is drawn, a non-negative integer; sacreBLEU's 12345 by default. */
  readonly seed?: number;
  /** The number to compare; by default the score. */
  readonly numberOf?: (score: S) => number;
}

/** The mean over drawn corpora, and the interval that 95 % of them lie in. */
export interface Confidence {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Resampled corpora of one size, drawn with one seed. */
export interface Resampling<S extends Score> {
  readonly metric: Metric<S>;
  readonly referenceCount: number;
  readonly samples: number;
  readonly seed: number;
  readonly numberOf: (score: S) => number;
}

/**
 * The value of a whole corpus, and those of corpora drawn from it with replacement. The drawn segments
 * are a function of seed and size alone, so two systems are compared on the same ones.
 */
export function resample<S extends Score>(
  rows: readonly (readonly number[])[],
  { metric, referenceCount, samples, seed, numberOf }: Resampling<S>,
): { readonly value: number; readonly drawn: readonly number[] } {
  const valueOfRows = (some: readonly (readonly number[])[]): number =>
    numberOf(metric.score(sumRows(some), referenceCount));
  const random = numpyRandom(seed);
  const drawn = Array.from({ length: samples }, () =>
    valueOfRows(rows.map(() => rows[random.integer(rows.length)])),
  );
  return { value: valueOfRows(rows), drawn };
}

/** Mean and interval of drawn values, as sacreBLEU has them: a fortieth is left out at each end. */
export function confidenceOf(drawn: readonly number[]): Confidence {
  const sorted = [...drawn].sort((a, b) => a - b);
  const cut = Math.floor(sorted.length / 40);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { mean, low: sorted[cut], high: sorted[sorted.length - 1 - cut] };
}
