import {
  checkChoice,
  corpusScore,
  formatDecimals,
  type Metric,
  ROUGE_SCORE_VERSION,
  type Score,
  signatureOf,
} from '../score/metric.js';
import { countIds, type NgramIds, ngramIds, tokenIds } from '../text/words.js';
import { porterStem } from './porter-stemmer.js';

/** Settings of ROUGE. */
export interface RougeOptions {
  /** Whether to stem English words of more than three letters; default false. */
  readonly stemmer?: boolean;
  /** Name of the tokenizer; default `ascii`, as in rouge-score. */
  readonly tokenize?: RougeTokenizer;
}

/** ROUGE's measures: overlap of 1-grams and 2-grams, longest common subsequences of texts and of sentences. */
export const ROUGE_MEASURES = ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'] as const;
export type RougeMeasure = (typeof ROUGE_MEASURES)[number];

/** ROUGE scores, 0 to 1: means over the segments of a corpus. */
export type RougeScore = Score & Readonly<Record<RougeMeasure, Overlap>>;

/**
 * ROUGE: overlap of hypotheses and references. Precision, recall and F1 are means over segments. If a segment
 * has several references, the one with the best F1 counts, separately for each measure. `score` is the F1 of
 * ROUGE-1. `rougeLsum` treats lines as sentences. Equal to rouge-score.
 *
 * @throws RangeError for an unknown tokenizer.
 * @see Lin 2004, https://aclanthology.org/W04-1013
 */
export function rouge({
  stemmer = false,
  tokenize = 'ascii',
}: RougeOptions = {}): Metric<RougeScore> {
  checkChoice('tokenize', tokenize, Object.keys(ROUGE_TOKENIZERS));
  const stem = cachedStemmer();
  const cut = ROUGE_TOKENIZERS[tokenize];
  const wordsOf = stemmer ? (text: string): string[] => cut(text).map(stem) : cut;
  return {
    measure: (hypothesis, references) => {
      const measured = references.map((reference) => rougeMeasures(hypothesis, reference, wordsOf));
      const best = ROUGE_MEASURES.map((_, i) =>
        measured.map((overlaps) => overlaps[i]).reduce((a, b) => (b.f1 > a.f1 ? b : a)),
      );
      return [1, ...best.flatMap(({ precision, recall, f1 }) => [precision, recall, f1])];
    },
    score: ([count, ...sums], referenceCount) => {
      const [rouge1, rouge2, rougeL, rougeLsum] = ROUGE_MEASURES.map((_, i) => {
        const [precision, recall, f1] = sums.slice(3 * i, 3 * i + 3).map((sum) => sum / count);
        return { precision, recall, f1 };
      });
      return {
        name: 'ROUGE',
        score: rouge1.f1,
        signature: signatureOf(
          referenceCount,
          { stem: stemmer, tok: tokenize },
          ROUGE_SCORE_VERSION,
        ),
        details: [rouge1, rouge2, rougeL, rougeLsum]
          .map(({ f1 }, i) => `${ROUGE_MEASURES[i]} ${formatDecimals(f1, 4)}`)
          .join(', '),
        rouge1,
        rouge2,
        rougeL,
        rougeLsum,
      };
    },
  };
}

/**
 * Computes the ROUGE scores of a corpus.
 *
 * @param references - A list for each set of references, with one reference for each hypothesis.
 * @throws RangeError if the lists are empty or differ in length, or for an unknown tokenizer.
 */
export function corpusRouge(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options?: RougeOptions,
): RougeScore {
  return corpusScore(rouge(options), hypotheses, references);
}

/** Returns rouge-score's stemmer with a cache, because a corpus repeats words. */
function cachedStemmer(): (word: string) => string {
  const known = new Map<string, string>();
  return (word) => {
    if (word.length <= 3) return word;
    let stem = known.get(word);
    if (stem === undefined) known.set(word, (stem = porterStem(word)));
    return stem;
  };
}

/** The overlap of a hypothesis and a reference, 0 to 1. */
export interface Overlap {
  /** Fraction of the hypothesis that also occurs in the reference. */
  readonly precision: number;
  /** Fraction of the reference that also occurs in the hypothesis. */
  readonly recall: number;
  readonly f1: number;
}

/** Returns ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum of a text, in that order. */
function rougeMeasures(
  hypothesis: string,
  reference: string,
  wordsOf: (text: string) => string[],
): readonly Overlap[] {
  const words = [hypothesis, reference].map(wordsOf);
  const [one, two] = ngramIds(words, 2);
  const [own, other] = one.sequences;
  const common = longestCommonLength(own, other);
  return [
    ngramOverlap(one),
    ngramOverlap(two),
    overlap(common, own.length, other.length),
    summaryOverlap(sentencesOf(hypothesis, wordsOf), sentencesOf(reference, wordsOf)),
  ];
}

function ngramOverlap({ count, sequences: [own, other] }: NgramIds): Overlap {
  const [ours, theirs] = [countIds(own, count), countIds(other, count)];
  const common = ours.reduce((sum, times, id) => sum + Math.min(times, theirs[id]), 0);
  return overlap(common, own.length, other.length);
}

/**
 * Computes ROUGE-Lsum. For each sentence of the reference, it takes the union of the longest common
 * subsequences with the hypothesis's sentences. A word counts at most as often as it occurs in both.
 */
function summaryOverlap(
  hypothesis: readonly (readonly string[])[],
  reference: readonly (readonly string[])[],
): Overlap {
  const { count, sequences } = tokenIds([...hypothesis, ...reference]);
  const [own, other] = [sequences.slice(0, hypothesis.length), sequences.slice(hypothesis.length)];
  const left = [own, other].map((sentences) => countAll(sentences, count));
  let common = 0;
  for (const sentence of other) {
    const places = new Set(own.flatMap((candidate) => longestCommonPlaces(sentence, candidate)));
    for (const place of places) {
      const id = sentence[place];
      if (left.every((counts) => counts[id] > 0)) {
        common++;
        for (const counts of left) counts[id]--;
      }
    }
  }
  return overlap(common, lengthOf(own), lengthOf(other));
}

/** Returns the words of each line that is not empty. */
function sentencesOf(text: string, wordsOf: (text: string) => string[]): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(wordsOf);
}

function countAll(sentences: readonly Int32Array[], count: number): Int32Array {
  const counts = new Int32Array(count);
  for (const sentence of sentences) {
    for (const id of sentence) counts[id]++;
  }
  return counts;
}

function lengthOf(sentences: readonly Int32Array[]): number {
  return sentences.reduce((sum, { length }) => sum + length, 0);
}

function overlap(common: number, ownLength: number, otherLength: number): Overlap {
  const precision = common / Math.max(ownLength, 1);
  const recall = common / Math.max(otherLength, 1);
  const sum = precision + recall;
  return { precision, recall, f1: sum > 0 ? (2 * precision * recall) / sum : 0 };
}

/** Name of a function that splits a text into the words whose n-grams ROUGE counts. */
export type RougeTokenizer = keyof typeof ROUGE_TOKENIZERS;

/**
 * Tokenizers by name. `ascii` is rouge-score's: runs of a to z and 0 to 9; every other character separates
 * words. `unicode`: runs of letters, marks and digits of all scripts; each Chinese or Japanese character is a
 * word.
 */
export const ROUGE_TOKENIZERS = {
  ascii: (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [],
  unicode: (text: string): string[] =>
    text.normalize('NFC').toLowerCase().match(UNICODE_WORD) ?? [],
} as const;

const UNICODE_WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{N}\p{M}])+/gu;

/** Returns the length of the longest common subsequence of two sequences. */
function longestCommonLength(a: Int32Array, b: Int32Array): number {
  let above = new Int32Array(b.length + 1);
  let row = new Int32Array(b.length + 1);
  for (const word of a) {
    fillRow(word, b, above, row);
    [above, row] = [row, above];
  }
  return above[b.length];
}

/**
 * Returns the positions in `a` of a longest common subsequence with `b`; if several exist, the one that rouge-score
 * finds.
 */
function longestCommonPlaces(a: Int32Array, b: Int32Array): number[] {
  const width = b.length + 1;
  // 1 if the longest common subsequence of an entry continues to the left, 0 if it continues above.
  const goesLeft = new Uint8Array(a.length * width);
  let above = new Int32Array(width);
  let row = new Int32Array(width);
  for (let i = 0; i < a.length; i++) {
    fillRow(a[i], b, above, row);
    for (let j = 1; j < width; j++) goesLeft[i * width + j] = row[j - 1] > above[j] ? 1 : 0;
    [above, row] = [row, above];
  }
  const places: number[] = [];
  let [i, j] = [a.length, b.length];
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      i--;
      j--;
      places.push(i);
    } else if (goesLeft[(i - 1) * width + j] === 1) j--;
    else i--;
  }
  return places;
}

/** Fills a row of the table of longest common subsequences: for one more word of `a` and each prefix of `b`. */
function fillRow(word: number, b: Int32Array, above: Int32Array, row: Int32Array): void {
  for (let j = 1; j <= b.length; j++) {
    if (word === b[j - 1]) row[j] = above[j - 1] + 1;
    else row[j] = above[j] > row[j - 1] ? above[j] : row[j - 1];
  }
}
