import type { Metric, Score } from './metric.js';

/**
 * The score of a corpus.
 *
 * @param references - A list for each set of references, with one for each hypothesis.
 * @throws RangeError when there are none, or the lists are not equally long.
 */
export function corpusScore<S extends Score>(
  metric: Metric<S>,
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
): S {
  return metric.score(sumRows(measureCorpus(metric, hypotheses, references)), references.length);
}

/** What each segment of a corpus adds to the sums; throws as `corpusScore` does. */
export function measureCorpus(
  metric: Metric,
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
): readonly (readonly number[])[] {
  if (hypotheses.length === 0) {
    throw new RangeError('hypotheses: expected at least one, got none');
  }
  if (references.length === 0) {
    throw new RangeError('references: expected at least one list of references, got none');
  }
  for (const [i, { length }] of references.entries()) {
    if (length !== hypotheses.length) {
      throw new RangeError(
        `references[${i}]: expected ${hypotheses.length} texts, one for each hypothesis, got ${length}`,
      );
    }
  }
  return hypotheses.map((hypothesis, i) =>
    metric.measure(
      hypothesis,
      references.map((list) => list[i]),
    ),
  );
}

/** The sum of each column. */
export function sumRows(rows: readonly (readonly number[])[]): number[] {
  const sums = rows[0].map(() => 0);
  for (const row of rows) {
    for (let i = 0; i < sums.length; i++) sums[i] += row[i];
  }
  return sums;
}
