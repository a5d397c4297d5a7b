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

/**
 * How far a score may be from what other texts of the same kind would give: the interval of 95 % of
 * corpora drawn from this one. Equal to sacreBLEU's `--confidence`, whose random numbers are drawn.
 *
 * @param references - A list for each set of references, with one for each hypothesis.
 * @throws RangeError when the lists are empty or not equally long, or for too few samples.
 * @see Koehn 2004, https://aclanthology.org/W04-3250
 */
export function bootstrapConfidence<S extends Score>(
  metric: Metric<S>,
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  {
    samples = 1000,
    seed = DEFAULT_SEED,
    numberOf = ({ score }) => score,
  }: ResamplingOptions<S> = {},
): Confidence {
  checkInteger('samples', samples, 1);
  checkInteger('seed', seed, 0);
  const rows = measureCorpus(metric, hypotheses, references);
  const referenceCount = references.length;
  const { drawn } = resample(rows, { metric, referenceCount, samples, seed, numberOf });
  return confidenceOf(drawn);
}
