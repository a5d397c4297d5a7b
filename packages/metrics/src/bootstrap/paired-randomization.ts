import { checkInteger } from '../score/check-options.js';
import { measureCorpus, sumRows } from '../score/corpus-score.js';
import type { Metric, Score } from '../score/metric.js';
import { numpyRandom } from './numpy-random.js';
import type { PairedHypotheses } from './paired-bootstrap.js';
import { DEFAULT_SEED, type ResamplingOptions } from './resample.js';

/** The values of two systems, and whether chance explains their difference. */
export interface PairedRandomization {
  readonly baseline: { readonly value: number };
  readonly system: { readonly value: number };
  /** How likely chance alone parts two equal systems as far as these are: small is significant. */
  readonly pValue: number;
}

/**
 * Tests whether a system differs from a baseline by more than chance: segments are swapped between
 * the two at random, `samples` times. Equal to sacreBLEU's `--paired-ar`, random numbers included.
 *
 * @throws RangeError when the lists are empty or not equally long, or for too few samples.
 * @see Riezler and Maxwell 2005, https://aclanthology.org/W05-0908
 */
export function pairedRandomization<S extends Score>(
  metric: Metric<S>,
  { baseline, system, references }: PairedHypotheses,
  {
    samples = 10_000,
    seed = DEFAULT_SEED,
    numberOf = ({ score }) => score,
  }: ResamplingOptions<S> = {},
): PairedRandomization {
  checkInteger('samples', samples, 1);
  checkInteger('seed', seed, 0);
  const before = measureCorpus(metric, baseline, references);
  const after = measureCorpus(metric, system, references);
  const valueOf = (rows: readonly (readonly number[])[]): number =>
    numberOf(metric.score(sumRows(rows), references.length));
  const [value, other] = [valueOf(before), valueOf(after)];
  const real = Math.abs(value - other);
  // All trials are one draw: a word of random bits goes on from one trial into the next.
  const isKeptNext = numpyRandom(seed).booleans();
  let asFar = 0;
  for (let trial = 0; trial < samples; trial++) {
    const isKept = before.map(isKeptNext);
    const first = valueOf(isKept.map((kept, i) => (kept ? before : after)[i]));
    const second = valueOf(isKept.map((kept, i) => (kept ? after : before)[i]));
    if (Math.abs(first - second) > real) asFar++;
  }
  return {
    baseline: { value },
    system: { value: other },
    pValue: (asFar + 1) / (samples + 1),
  };
}
