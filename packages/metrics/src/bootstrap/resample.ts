import type { Metric, Score } from '../score/metric.js';
import { sumRows } from '../score/corpus-score.js';

/** Random integers as functions of an index; `@ramble/core`'s `Random` is one. */
export interface RandomIntegers {
  /** Uniform in `[0, below)`, the same for the same index. */
  integer(index: number, below: number): number;
}

/** How corpora are drawn from one: as many segments, each drawn from all of them. */
export interface BootstrapOptions<S extends Score> {
  readonly random: RandomIntegers;
  /** Corpora that are drawn, at least 1; default 1,000. */
  readonly samples?: number;
  /** The number to compare; default the score. */
  readonly numberOf?: (score: S) => number;
}

/** A mean over drawn corpora, and the interval that 95 % of them lie in. */
export interface Confidence {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** What is drawn for each corpus: the same segments for whoever asks with the same random numbers. */
export interface Resampling<S extends Score> {
  readonly metric: Metric<S>;
  readonly referenceCount: number;
  readonly samples: number;
  readonly random: RandomIntegers;
  readonly numberOf: (score: S) => number;
}

/** The value of a whole corpus, and those of the corpora drawn from it. */
export function resample<S extends Score>(
  rows: readonly (readonly number[])[],
  { metric, referenceCount, samples, random, numberOf }: Resampling<S>,
): { readonly value: number; readonly drawn: readonly number[] } {
  const valueOfRows = (some: readonly (readonly number[])[]): number =>
    numberOf(metric.score(sumRows(some), referenceCount));
  const { length } = rows;
  const drawn = Array.from({ length: samples }, (_, sample) =>
    valueOfRows(rows.map((_, i) => rows[random.integer(sample * length + i, length)])),
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
