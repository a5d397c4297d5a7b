import { checkInteger, measureCorpus, type Metric, type Score, sumRows } from '../score/metric.js';
import {
  type Confidence,
  confidenceOf,
  DEFAULT_SEED,
  numpyRandom,
  resample,
  type ResamplingOptions,
} from './resample.js';

/**
 * Computes the 95 % confidence interval of a corpus score from corpora that are drawn with replacement. It
 * equals sacreBLEU's `--confidence`, including its random numbers.
 *
 * @param references - A list for each set of references, with one reference for each hypothesis.
 * @throws RangeError if the lists are empty or differ in length, or for too few samples.
 * @see Koehn 2004, https://aclanthology.org/W04-3250
 */
export function bootstrapConfidence<S extends Score>(
  metric: Metric<S>,
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: ResamplingOptions<S> = {},
): Confidence {
  const { samples, seed, numberOf } = checkedOptions(options, 1000);
  const rows = measureCorpus(metric, hypotheses, references);
  const referenceCount = references.length;
  const { drawn } = resample(rows, { metric, referenceCount, samples, seed, numberOf });
  return confidenceOf(drawn);
}

function checkedOptions<S extends Score>(
  { samples, seed = DEFAULT_SEED, numberOf = ({ score }) => score }: ResamplingOptions<S>,
  usualSamples: number,
): Required<ResamplingOptions<S>> {
  const checked = { samples: samples ?? usualSamples, seed, numberOf };
  checkInteger('samples', checked.samples, 1);
  checkInteger('seed', seed, 0);
  return checked;
}

/** Two sets of hypotheses for the same references. */
export interface PairedHypotheses {
  readonly baseline: readonly string[];
  readonly system: readonly string[];
  /** A list for each set of references, with one reference for each hypothesis. */
  readonly references: readonly (readonly string[])[];
}

/** The values of two systems, and whether chance explains their difference. */
export interface PairedRandomization {
  readonly baseline: { readonly value: number };
  readonly system: { readonly value: number };
  /**
   * Estimated probability that two equally good systems differ by chance at least as much as `baseline` and `system`
   * do. A small value means that the difference is significant.
   */
  readonly pValue: number;
}

/** Two systems' scores on the same resampled corpora. */
export interface PairedBootstrap extends PairedRandomization {
  readonly baseline: Confidence & { readonly value: number };
  readonly system: Confidence & { readonly value: number };
}

/**
 * Tests whether a system differs from a baseline by more than chance, on the same resampled corpora for both.
 * Equal to sacreBLEU's `--paired-bs`, random numbers included.
 *
 * @throws RangeError if the lists are empty or differ in length, or for too few samples.
 * @see Koehn 2004, https://aclanthology.org/W04-3250
 */
export function pairedBootstrap<S extends Score>(
  metric: Metric<S>,
  { baseline, system, references }: PairedHypotheses,
  options: ResamplingOptions<S> = {},
): PairedBootstrap {
  const { samples, seed, numberOf } = checkedOptions(options, 1000);
  const resampling = { metric, referenceCount: references.length, samples, seed, numberOf };
  const [before, after] = [baseline, system].map((hypotheses) =>
    resample(measureCorpus(metric, hypotheses, references), resampling),
  );
  const differences = after.drawn.map((value, i) => Math.abs(value - before.drawn[i]));
  const mean = differences.reduce((sum, value) => sum + value, 0) / samples;
  const real = Math.abs(after.value - before.value);
  const asFar = differences.filter((difference) => difference - mean > real).length;
  return {
    baseline: { value: before.value, ...confidenceOf(before.drawn) },
    system: { value: after.value, ...confidenceOf(after.drawn) },
    pValue: (asFar + 1) / (samples + 1),
  };
}

/**
 * Tests whether a system differs from a baseline by more than chance: segments are swapped between the two at
 * random, `samples` times. Equal to sacreBLEU's `--paired-ar`, random numbers included.
 *
 * @throws RangeError if the lists are empty or differ in length, or for too few samples.
 * @see Riezler and Maxwell 2005, https://aclanthology.org/W05-0908
 */
export function pairedRandomization<S extends Score>(
  metric: Metric<S>,
  { baseline, system, references }: PairedHypotheses,
  options: ResamplingOptions<S> = {},
): PairedRandomization {
  const { samples, seed, numberOf } = checkedOptions(options, 10_000);
  const before = measureCorpus(metric, baseline, references);
  const after = measureCorpus(metric, system, references);
  const valueOf = (rows: readonly (readonly number[])[]): number =>
    numberOf(metric.score(sumRows(rows), references.length));
  const [value, other] = [valueOf(before), valueOf(after)];
  const real = Math.abs(value - other);
  // All trials come from one draw: unused random bits of a trial continue in the next one.
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
