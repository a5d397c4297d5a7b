/** A score of hypotheses against references. */
export interface Score {
  /** Name of the metric as papers write it: `BLEU`, `chrF2++`. */
  readonly name: string;
  readonly score: number;
  /**
   * Everything that the score depends on, so that others can reproduce it: `nrefs:1|case:mixed|…`.
   */
  readonly signature: string;
  /** What goes into the score, for people; `''` where nothing does. */
  readonly details: string;
}

/**
 * A way to score. What it needs to know of a segment (a sentence, a summary) adds up over segments, so
 * that a corpus, a part of one and a resampled one are all scored from sums.
 */
export interface Metric<S extends Score = Score> {
  /** What a segment adds to the sums: as many numbers for every segment. */
  measure(hypothesis: string, references: readonly string[]): readonly number[];
  /**
   * Computes the score from the sums over segments.
   *
   * @param sums - Of what `measure` gave for some segments.
   * @param referenceCount - References a segment, for the signature.
   */
  score(sums: readonly number[], referenceCount: number): S;
}
