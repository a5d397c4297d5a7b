/** A score of hypotheses against references. */
export interface Score {
  /** Name of the metric as papers write it: `BLEU`, `chrF2++`. */
  readonly name: string;
  readonly score: number;
  /** All settings that affect the score, so that others can reproduce it: `nrefs:1|case:mixed|…`. */
  readonly signature: string;
  /** Components of the score as readable text; `''` if the metric has none. */
  readonly details: string;
}

/**
 * A metric that is computed from sums over segments (sentences, summaries). The score of a corpus, a part of it or a
 * resampled corpus follows from such sums.
 */
export interface Metric<S extends Score = Score> {
  /**
   * Measures one segment. The score of a corpus is computed from the sums of these numbers over segments. Every
   * segment has equally many numbers.
   */
  measure(hypothesis: string, references: readonly string[]): readonly number[];
  /**
   * Computes the score from the sums over segments.
   *
   * @param sums - Sums of the results of `measure` over segments.
   * @param referenceCount - Number of references per segment, for the signature.
   */
  score(sums: readonly number[], referenceCount: number): S;
}

/**
 * Checks that an option is one of the allowed words.
 *
 * @throws RangeError if the option is not one of the allowed words.
 */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new RangeError(`${name}: expected one of ${choices.join(', ')}, got ${value}`);
}

/**
 * Checks that an option is an integer of at least `min`.
 *
 * @throws RangeError for any other value.
 */
export function checkInteger(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new RangeError(`${name}: expected an integer of at least ${min}, got ${value}`);
}

/**
 * Computes the score of a corpus.
 *
 * @param references - A list for each set of references, with one reference for each hypothesis.
 * @throws RangeError if the lists are empty or not equally long.
 */
export function corpusScore<S extends Score>(
  metric: Metric<S>,
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
): S {
  return metric.score(sumRows(measureCorpus(metric, hypotheses, references)), references.length);
}

/**
 * Returns the result of `metric.measure` for each segment of a corpus.
 *
 * @param references - A list for each set of references, with one reference for each hypothesis.
 * @throws RangeError if the lists are empty or not equally long.
 */
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

/** Returns the sum of each column of a table with at least one row. */
export function sumRows(rows: readonly (readonly number[])[]): number[] {
  const sums = rows[0].map(() => 0);
  for (const row of rows) {
    for (let i = 0; i < sums.length; i++) sums[i] += row[i];
  }
  return sums;
}

/** Number of extra decimals that show whether a 64-bit number is an exact tie. */
const EXACT_DECIMALS = 30;

/**
 * Formats a number with a fixed number of decimals as Python does: ties round to the even digit, while
 * `toFixed` rounds them up. `12.25` with one decimal is `12.2`.
 */
export function formatDecimals(value: number, decimals: number): string {
  const rounded = value.toFixed(decimals);
  const exact = value.toFixed(decimals + EXACT_DECIMALS);
  const cut = exact.slice(0, exact.length - EXACT_DECIMALS);
  const isTie = exact.slice(cut.length) === '5'.padEnd(EXACT_DECIMALS, '0');
  const lastDigit = cut.replace(/\D/g, '').at(-1);
  return isTie && Number(lastDigit) % 2 === 0 ? cut.replace(/\.$/, '') : rounded;
}

/**
 * Formats a score in one line, as sacreBLEU prints it: `BLEU|nrefs:1|case:mixed|… = 52.79 77.5/57.6/47.6/41.8
 * (BP = 0.967 …)`.
 */
export function formatScore(
  { name, score, signature, details }: Score,
  { decimals = 2 }: { readonly decimals?: number } = {},
): string {
  const line = `${name}|${signature} = ${formatDecimals(score, decimals)}`;
  return details === '' ? line : `${line} ${details}`;
}

/** Release of sacreBLEU whose BLEU, chrF and TER scores this package reproduces to the last printed digit. */
const SACREBLEU_VERSION = '2.6.0';
/** Release of rouge-score whose ROUGE scores this package reproduces to the last printed digit. */
export const ROUGE_SCORE_VERSION = '0.1.2';

/** Formats settings as sacreBLEU does: `nrefs:1|case:mixed|…|version:2.6.0`. */
export function signatureOf(
  referenceCount: number,
  settings: Readonly<Record<string, string | number | boolean>>,
  version: string = SACREBLEU_VERSION,
): string {
  const parts = Object.entries({ nrefs: referenceCount, ...settings, version });
  return parts.map(([name, value]) => `${name}:${wordOf(value)}`).join('|');
}

/** Kind of significance test and its resampling options, under sacreBLEU's names. */
export interface Resampled {
  /** `bs` for a bootstrap, `ar` for approximate randomization. */
  readonly test: 'bs' | 'ar';
  readonly samples: number;
  readonly seed: number;
}

/**
 * Returns a signature that includes the resampling, as sacreBLEU writes it: `nrefs:1|bs:1000|seed:12345|…`.
 */
export function resampledSignature(signature: string, { test, samples, seed }: Resampled): string {
  const [references, ...settings] = signature.split('|');
  return [references, `${test}:${samples}`, `seed:${seed}`, ...settings].join('|');
}

function wordOf(value: string | number | boolean): string {
  if (typeof value !== 'boolean') return String(value);
  return value ? 'yes' : 'no';
}
