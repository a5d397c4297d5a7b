import {
  checkInteger,
  corpusScore,
  type Metric,
  type Score,
  signatureOf,
} from '../score/metric.js';
import {
  codePoints,
  countIds,
  countMatches,
  type NgramIds,
  ngramIds,
  splitWords,
} from '../text/words.js';

/** Settings of chrF, under sacreBLEU's names and with its defaults. */
export interface ChrfOptions {
  /** Maximum length of character n-grams, at least 1; default 6. */
  readonly charOrder?: number;
  /** Maximum length of word n-grams: 2 for chrF++; default 0, none. */
  readonly wordOrder?: number;
  /** Weight of recall relative to precision, an integer of at least 1; default 2. */
  readonly beta?: number;
  /** Whether upper and lower case are the same; default false. */
  readonly lowercase?: boolean;
  /** Whether white space counts as characters; default false. */
  readonly whitespace?: boolean;
  /**
   * Whether to smooth as chrF++.py, NLTK and Moses do, instead of leaving out orders without n-grams; default
   * false.
   */
  readonly epsSmoothing?: boolean;
}

/**
 * chrF: agreement of n-grams of characters, and in chrF++ of words, 0 to 100. Equal to sacreBLEU.
 * If a segment has several references, the one with the best score counts.
 *
 * @throws RangeError for an option out of range.
 * @see Popović 2015, https://aclanthology.org/W15-3049; Popović 2017, https://aclanthology.org/W17-4770
 */
export function chrf({
  charOrder = 6,
  wordOrder = 0,
  beta = 2,
  lowercase = false,
  whitespace = false,
  epsSmoothing = false,
}: ChrfOptions = {}): Metric {
  checkInteger('charOrder', charOrder, 1);
  checkInteger('wordOrder', wordOrder, 0);
  checkInteger('beta', beta, 1);
  const prepare = (text: string): string => (lowercase ? text.toLowerCase() : text);
  const charactersOf = (text: string): number[] =>
    codePoints(whitespace ? text : splitWords(text).join(''));
  const fScoreOf = (sums: readonly number[]): number => fScore(sums, beta, epsSmoothing);
  return {
    measure: (hypothesis, references) => {
      const texts = [hypothesis, ...references].map(prepare);
      const orders = [
        ...ngramIds(texts.map(charactersOf), charOrder),
        ...(wordOrder > 0 ? ngramIds(texts.map(chrfWords), wordOrder) : []),
      ];
      const measured = references.map((_, i) => orders.flatMap((ids) => compare(ids, i + 1)));
      return measured.reduce((best, other) => (fScoreOf(other) > fScoreOf(best) ? other : best));
    },
    score: (sums, referenceCount) => ({
      name: `chrF${beta}${'+'.repeat(wordOrder)}`,
      score: 100 * fScoreOf(sums),
      signature: signatureOf(referenceCount, {
        case: lowercase ? 'lc' : 'mixed',
        eff: !epsSmoothing,
        nc: charOrder,
        nw: wordOrder,
        space: whitespace,
      }),
      details: '',
    }),
  };
}

/**
 * Computes the chrF score of a corpus; chrF++ with `{ wordOrder: 2 }`.
 *
 * @param references - A list for each set of references, with one reference for each hypothesis.
 * @throws RangeError if the lists are empty or differ in length, or for an option out of range.
 */
export function corpusChrf(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options?: ChrfOptions,
): Score {
  return corpusScore(chrf(options), hypotheses, references);
}

/**
 * Returns the numbers of n-grams of one order in the hypothesis, in a reference, and in both; zeros if the reference
 * has none. `reference` is the index of the reference in `sequences`, which begin with the hypothesis.
 */
function compare({ count, sequences }: NgramIds, reference: number): number[] {
  const [own, other] = [sequences[0], sequences[reference]];
  // If the reference has no n-gram of this order, the n-grams of the hypothesis do not count
  // against it.
  if (other.length === 0) return [0, 0, 0];
  return [own.length, other.length, countMatches(own, countIds(other, count))];
}

const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/**
 * Splits a text into words for chrF++. One punctuation mark is separated from the end of each word, or else
 * from its beginning.
 */
export function chrfWords(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    const [first, last] = [word[0], word[word.length - 1]];
    if (word.length === 1) return word;
    if (PUNCTUATION.has(last)) return [word.slice(0, -1), last];
    if (PUNCTUATION.has(first)) return [first, word.slice(1)];
    return word;
  });
}

const EPSILON = 1e-16;

/**
 * Computes the F-score averaged over the orders of n-grams, 0 to 1.
 *
 * @param sums - For each order: the numbers of n-grams of hypotheses, of references, and of n-grams in both.
 * @param isSmoothed - Whether to average the F-scores of all orders, with a tiny number for missing values.
 *   Otherwise, precision and recall are averaged over the orders for which both sides have n-grams.
 */
function fScore(sums: readonly number[], beta: number, isSmoothed: boolean): number {
  const factor = beta ** 2;
  const orders = sums.length / 3;
  let [precisions, recalls, both, scores] = [0, 0, 0, 0];
  for (let order = 0; order < orders; order++) {
    const [own, other, matches] = sums.slice(3 * order, 3 * order + 3);
    const precision = own > 0 ? matches / own : EPSILON;
    const recall = other > 0 ? matches / other : EPSILON;
    const weight = factor * precision + recall;
    scores += weight > 0 ? ((1 + factor) * precision * recall) / weight : EPSILON;
    if (own > 0 && other > 0) {
      precisions += precision;
      recalls += recall;
      both++;
    }
  }
  if (isSmoothed) return scores / orders;
  if (precisions + recalls === 0) return 0;
  const [precision, recall] = [precisions / both, recalls / both];
  return ((1 + factor) * precision * recall) / (factor * precision + recall);
}
