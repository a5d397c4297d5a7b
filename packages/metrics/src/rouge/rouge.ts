import { checkChoice } from '../score/check-options.js';
import { corpusScore } from '../score/corpus-score.js';
import { formatDecimals } from '../score/format-decimals.js';
import type { Metric, Score } from '../score/metric.js';
import { ROUGE_SCORE_VERSION, signatureOf } from '../score/signature.js';
import { porterStem } from './porter-stemmer.js';
import { type Overlap, rougeMeasures } from './rouge-measures.js';
import { ROUGE_TOKENIZERS, type RougeTokenizer } from './rouge-tokenizers.js';

/** Settings of ROUGE. */
export interface RougeOptions {
  /** Takes the endings off English words of more than three letters; default false. */
  readonly stemmer?: boolean;
  /** Default `ascii`, rouge-score's own. */
  readonly tokenize?: RougeTokenizer;
}

/** ROUGE's measures: n-grams of 1 and 2 words, longest common subsequences of texts and of sentences. */
export const ROUGE_MEASURES = ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'] as const;
export type RougeMeasure = (typeof ROUGE_MEASURES)[number];

/** Means over summaries, 0 to 1. */
export type RougeScore = Score & Readonly<Record<RougeMeasure, Overlap>>;

/**
 * ROUGE: how much of the references the hypotheses have, and how much else. Precision, recall and F1 are
 * means over segments; of several references the one with the best F1 counts, for each measure. `score`
 * is the F1 of ROUGE-1. `rougeLsum` takes lines as sentences. Equal to rouge-score.
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
 * ROUGE of a corpus.
 *
 * @param references - A list for each set of references, with one for each hypothesis.
 * @throws RangeError when the lists are empty or not equally long, or for an unknown tokenizer.
 */
export function corpusRouge(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options?: RougeOptions,
): RougeScore {
  return corpusScore(rouge(options), hypotheses, references);
}

/** The stemmer as rouge-score uses it, which remembers words: a corpus repeats them. */
function cachedStemmer(): (word: string) => string {
  const known = new Map<string, string>();
  return (word) => {
    if (word.length <= 3) return word;
    let stem = known.get(word);
    if (stem === undefined) known.set(word, (stem = porterStem(word)));
    return stem;
  };
}
