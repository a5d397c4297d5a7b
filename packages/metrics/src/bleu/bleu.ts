import {
  corpusScore,
  formatDecimals,
  type Metric,
  type Score,
  signatureOf,
} from '../score/metric.js';
import { countIds, countMatches, ngramIds, trimEnd } from '../text/words.js';
import {
  BLEU_TOKENIZERS,
  type BleuOptions,
  type BleuSettings,
  bleuSettings,
  smoothingWord,
} from './bleu-options.js';

/** A BLEU score, 0 to 100, and its components. */
export interface BleuScore extends Score, Lengths {
  /** Number of matching n-grams of each order, after smoothing. */
  readonly counts: readonly number[];
  /** Number of n-grams of each order in the hypotheses, after smoothing. */
  readonly totals: readonly number[];
  /** The n-gram precisions in percent, smoothed. */
  readonly precisions: readonly number[];
}

interface Lengths {
  /**
   * Brevity penalty, 0 to 1: `e^(1 - referenceLength / hypothesisLength)` if the hypotheses are shorter than the
   * references, else 1.
   */
  readonly brevityPenalty: number;
  /** Number of words of the hypotheses. */
  readonly hypothesisLength: number;
  /**
   * Number of words of the references: the sum over segments of the length of the reference whose length is nearest
   * to the hypothesis's.
   */
  readonly referenceLength: number;
}

/**
 * BLEU: the geometric mean of the n-gram precisions, times a brevity penalty. Equal to sacreBLEU.
 *
 * @throws RangeError for an option out of range.
 * @see Papineni et al. 2002, https://aclanthology.org/P02-1040; Post 2018, https://aclanthology.org/W18-6319
 */
export function bleu(options: BleuOptions = {}): Metric<BleuScore> {
  const settings = bleuSettings(options);
  const { lowercase, maxNgramOrder, effectiveOrder } = settings;
  const tokenize = BLEU_TOKENIZERS[settings.tokenize];
  const wordsOf = (text: string): string[] =>
    tokenize(trimEnd(lowercase ? text.toLowerCase() : text));
  return {
    measure: (hypothesis, references) =>
      measureSegment(wordsOf(hypothesis), references.map(wordsOf), maxNgramOrder),
    score: ([hypothesisLength, referenceLength, ...sums], referenceCount) => {
      const brevityPenalty = penalty(hypothesisLength, referenceLength);
      const { mean, ...smoothed } = ngramPrecisions(
        sums.slice(0, maxNgramOrder),
        sums.slice(maxNgramOrder),
        settings,
      );
      const lengths = { brevityPenalty, hypothesisLength, referenceLength };
      return {
        name: 'BLEU',
        score: brevityPenalty * mean,
        signature: signatureOf(referenceCount, {
          case: lowercase ? 'lc' : 'mixed',
          eff: effectiveOrder,
          tok: settings.tokenize,
          smooth: smoothingWord(settings),
        }),
        details: describe(smoothed.precisions, lengths),
        ...smoothed,
        ...lengths,
      };
    },
  };
}

/**
 * Computes the BLEU score of a corpus.
 *
 * @param references - A list for each set of references, with one reference for each hypothesis.
 * @throws RangeError if the lists are empty or differ in length, or for an option out of range.
 */
export function corpusBleu(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options?: BleuOptions,
): BleuScore {
  return corpusScore(bleu(options), hypotheses, references);
}

/**
 * Computes the BLEU score of one sentence, by default with `effectiveOrder`.
 *
 * @throws RangeError if the list of references is empty, or for an option out of range.
 */
export function sentenceBleu(
  hypothesis: string,
  references: readonly string[],
  options?: BleuOptions,
): BleuScore {
  const metric = bleu({ effectiveOrder: true, ...options });
  return corpusScore(
    metric,
    [hypothesis],
    references.map((reference) => [reference]),
  );
}

/**
 * Returns the lengths of the hypothesis and of the nearest reference, then for each order the numbers of
 * matching and of all n-grams.
 */
function measureSegment(
  hypothesis: readonly string[],
  references: readonly (readonly string[])[],
  maxOrder: number,
): number[] {
  const matches: number[] = [];
  const totals: number[] = [];
  for (const { count, sequences } of ngramIds([hypothesis, ...references], maxOrder)) {
    const [own, ...others] = sequences;
    totals.push(own.length);
    matches.push(matchesOf(own, others, count));
  }
  const nearest = nearestLength(hypothesis.length, references);
  return [hypothesis.length, nearest, ...matches, ...totals];
}

/** Counts matching n-grams. Each n-gram counts at most as often as it occurs in any one reference. */
function matchesOf(own: Int32Array, others: readonly Int32Array[], count: number): number {
  const allowed = countIds(others[0], count);
  for (const other of others.slice(1)) {
    const counts = countIds(other, count);
    for (let id = 0; id < count; id++) allowed[id] = Math.max(allowed[id], counts[id]);
  }
  return countMatches(own, allowed);
}

/**
 * Returns the length of the reference that is nearest in length to the hypothesis; the shorter one on a tie.
 */
function nearestLength(length: number, references: readonly (readonly string[])[]): number {
  return references
    .map((reference) => reference.length)
    .reduce((best, other) => {
      const [near, far] = [Math.abs(other - length), Math.abs(best - length)];
      return near < far || (near === far && other < best) ? other : best;
    });
}

function penalty(hypothesisLength: number, referenceLength: number): number {
  if (hypothesisLength >= referenceLength) return 1;
  return hypothesisLength > 0 ? Math.exp(1 - referenceLength / hypothesisLength) : 0;
}

/**
 * Formats the details as sacreBLEU does: `77.5/57.6/47.6/41.8 (BP = 0.967 ratio = 0.968 hyp_len = 3676
 * …)`.
 */
function describe(precisions: readonly number[], lengths: Lengths): string {
  const { brevityPenalty, hypothesisLength, referenceLength } = lengths;
  const shares = precisions.map((precision) => formatDecimals(precision, 1)).join('/');
  const ratio = referenceLength > 0 ? hypothesisLength / referenceLength : 0;
  return (
    `${shares} (BP = ${formatDecimals(brevityPenalty, 3)} ratio = ${formatDecimals(ratio, 3)} ` +
    `hyp_len = ${hypothesisLength} ref_len = ${referenceLength})`
  );
}

/** Replacement for the logarithm of zero, as in sacreBLEU: the geometric mean is then zero. */
const LOG_OF_ZERO = -9_999_999_999;

/** Smoothed precisions, in percent, of the n-grams of each order, and their geometric mean. */
interface NgramPrecisions {
  readonly counts: readonly number[];
  readonly totals: readonly number[];
  readonly precisions: readonly number[];
  readonly mean: number;
}

/**
 * Computes the smoothed n-gram precisions of each order and their geometric mean.
 *
 * @param matches - Number of matching n-grams of each order.
 * @param all - Number of all n-grams of each order.
 * @see Chen and Cherry 2014, https://aclanthology.org/W14-3346: `floor`, `add-k` and `exp` are its methods 1, 2 and 3
 */
function ngramPrecisions(
  matches: readonly number[],
  all: readonly number[],
  { smoothMethod, smoothValue = 0, effectiveOrder, maxNgramOrder }: BleuSettings,
): NgramPrecisions {
  const [counts, totals] = [[...matches], [...all]];
  const precisions = counts.map(() => 0);
  if (matches.every((count) => count === 0)) return { counts, totals, precisions, mean: 0 };
  let order = maxNgramOrder;
  let halved = 1;
  for (let i = 0; i < maxNgramOrder; i++) {
    if (smoothMethod === 'add-k' && i > 0) {
      counts[i] += smoothValue;
      totals[i] += smoothValue;
    }
    if (totals[i] === 0) break;
    if (effectiveOrder) order = i + 1;
    if (counts[i] > 0) precisions[i] = (100 * counts[i]) / totals[i];
    else if (smoothMethod === 'exp') {
      halved *= 2;
      precisions[i] = 100 / (halved * totals[i]);
    } else if (smoothMethod === 'floor') precisions[i] = (100 * smoothValue) / totals[i];
  }
  const logs = precisions.slice(0, order).map((p) => (p === 0 ? LOG_OF_ZERO : Math.log(p)));
  const mean = Math.exp(logs.reduce((sum, log) => sum + log, 0) / order);
  return { counts, totals, precisions, mean };
}
