import { checkInteger } from '../score/check-options.js';
import { measureCorpus } from '../score/corpus-score.js';
import type { Metric, Score } from '../score/metric.js';
import { type BootstrapOptions, type Confidence, confidenceOf, resample } from './resample.js';

/**
 * How far a score may be from what other texts of the same kind would give: the interval of 95 % of
 * corpora drawn from this one.
 *
 * @param references - A list for each set of references, with one for each hypothesis.
 * @throws RangeError when the lists are empty or not equally long, or for too few samples.
 * @see Koehn 2004, https://aclanthology.org/W04-3250
 */
export function bootstrapConfidence<S extends Score>(
  metric: Metric<S>,
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  { random, samples = 1000, numberOf = ({ score }) => score }: BootstrapOptions<S>,
): Confidence {
  checkInteger('samples', samples, 1);
  const rows = measureCorpus(metric, hypotheses, references);
  const referenceCount = references.length;
  const { drawn } = resample(rows, { metric, referenceCount, samples, random, numberOf });
  return confidenceOf(drawn);
}
