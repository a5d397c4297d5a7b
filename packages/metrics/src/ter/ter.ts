import { corpusScore } from '../score/corpus-score.js';
import type { Metric, Score } from '../score/metric.js';
import { signatureOf } from '../score/signature.js';
import { tokenIds } from '../text/ngram-ids.js';
import { trimEnd } from '../text/python-text.js';
import { countEdits } from './count-edits.js';
import { type TercomOptions, tercomWords } from './tercom-tokenizer.js';

/** A translation edit rate in percent, lower is better, and its components. */
export interface TerScore extends Score {
  readonly edits: number;
  /** Words of the references, of each segment the mean over its references. */
  readonly referenceLength: number;
}

/**
 * TER: the edits (insertions, deletions, replacements and shifts of words) that turn hypotheses into
 * references, for each word of the references, in percent. Equal to sacreBLEU, which follows Tercom.
 *
 * @see Snover et al. 2006, https://aclanthology.org/2006.amta-papers.25
 */
export function ter(options: TercomOptions = {}): Metric<TerScore> {
  const { normalized = false, noPunct = false, asianSupport = false } = options;
  const wordsOf = (text: string): string[] => tercomWords(trimEnd(text), options);
  return {
    measure: (hypothesis, references) => {
      // sacreBLEU cuts references twice, which parts `chaplain's,` into three words rather than two.
      const cutTwice = references.map((reference) => wordsOf(wordsOf(reference).join(' ')));
      const [own, ...others] = tokenIds([wordsOf(hypothesis), ...cutTwice]).sequences;
      const edits = Math.min(...others.map((other) => countEdits(own, other)));
      const length = others.reduce((sum, other) => sum + other.length, 0) / others.length;
      return [edits, length];
    },
    score: ([edits, referenceLength], referenceCount) => ({
      name: 'TER',
      score: 100 * rate(edits, referenceLength),
      signature: signatureOf(referenceCount, {
        case: options.caseSensitive ? 'mixed' : 'lc',
        tok: 'tercom',
        norm: normalized,
        punct: !noPunct,
        asian: asianSupport,
      }),
      details: '',
      edits,
      referenceLength,
    }),
  };
}

/**
 * TER of a corpus.
 *
 * @param references - A list for each set of references, with one for each hypothesis.
 * @throws RangeError when the lists are empty or not equally long.
 */
export function corpusTer(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options?: TercomOptions,
): TerScore {
  return corpusScore(ter(options), hypotheses, references);
}

function rate(edits: number, referenceLength: number): number {
  if (referenceLength > 0) return edits / referenceLength;
  return edits > 0 ? 1 : 0;
}
