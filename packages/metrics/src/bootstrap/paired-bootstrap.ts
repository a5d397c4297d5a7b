import { checkInteger } from '../score/check-options.js';
import { measureCorpus } from '../score/corpus-score.js';
import type { Metric, Score } from '../score/metric.js';
import {
  type Confidence,
  confidenceOf,
  DEFAULT_SEED,
  resample,
  type ResamplingOptions,
} from './resample.js';

/** Two sets of hypotheses for the same references. */
export interface PairedHypotheses {
  readonly baseline: readonly string[];
  readonly system: readonly string[];
  /** A list for each set of references, with one for each hypothesis. */
  readonly references: readonly (readonly string[])[];
}

/** Two systems' scores on the same resampled corpora. */
export interface PairedBootstrap {
  readonly baseline: Confidence & { readonly value: number };
  readonly system: Confidence & { readonly value: number };
  /** How likely chance alone parts two equal systems as far as these are: small is significant. */
  readonly pValue: number;
}

/**
 * Tests whether a system differs from a baseline by more than chance, on the same resampled corpora
 * for both. Equal to sacreBLEU's `--paired-bs`, random numbers included.
 *
 * @throws RangeError when the lists are empty or not equally long, or for too few samples.
 * @see Koehn 2004, https://aclanthology.org/W04-3250
 */
export function pairedBootstrap<S extends Score>(
  metric: Metric<S>,
  { baseline, system, references }: PairedHypotheses,
  {
    samples = 1000,
    seed = DEFAULT_SEED,
    numberOf = ({ score }) => score,
  }: ResamplingOptions<S> = {},
): PairedBootstrap {
  checkInteger('samples', samples, 1);
  checkInteger('seed', seed, 0);
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
