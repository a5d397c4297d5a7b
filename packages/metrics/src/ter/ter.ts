import { corpusScore, type Metric, type Score, signatureOf } from '../score/metric.js';
import { splitWords, tokenIds, trimEnd, unescapeXml } from '../text/words.js';
import { alignWords, editDistances, findBestShift } from './find-best-shift.js';

/** A translation edit rate in percent, lower is better, and its components. */
export interface TerScore extends Score {
  readonly edits: number;
  /** Number of words of the references; for each segment, the mean over its references. */
  readonly referenceLength: number;
}

/**
 * TER: the edits (insertions, deletions, replacements and shifts of words) that turn hypotheses into
 * references, per word of the references, in percent. Equal to sacreBLEU, which follows Tercom.
 *
 * @see Snover et al. 2006, https://aclanthology.org/2006.amta-papers.25
 */
export function ter(options: TercomOptions = {}): Metric<TerScore> {
  const { normalized = false, noPunct = false, asianSupport = false } = options;
  const wordsOf = (text: string): string[] => tercomWords(trimEnd(text), options);
  return {
    measure: (hypothesis, references) => {
      // sacreBLEU tokenizes references twice, which splits `chaplain's,` into three words instead of two.
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
 * Computes the TER of a corpus.
 *
 * @param references - A list for each set of references, with one reference for each hypothesis.
 * @throws RangeError if the lists are empty or differ in length.
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

/** Number of tried shifts after which the search for shifts ends, as in sacreBLEU. */
const MAX_CANDIDATES = 1000;

/**
 * Counts the edits that turn a hypothesis into a reference: shifts of words as long as they reduce the
 * distance, then insertions, deletions and replacements.
 *
 * @param hypothesis - Words as ids.
 * @param reference - Words as ids.
 */
function countEdits(hypothesis: Int32Array, reference: Int32Array): number {
  if (reference.length === 0) return hypothesis.length;
  const distances = editDistances(reference, hypothesis.length);
  let [words, shifts, candidates] = [hypothesis, 0, 0];
  for (;;) {
    distances.fill(words);
    const alignment = alignWords(distances);
    const shift = findBestShift(
      { words, reference, distances, alignment },
      MAX_CANDIDATES - candidates,
    );
    candidates += shift.candidates;
    // If the limit of candidates is reached, the shift found by then is not made.
    if (candidates >= MAX_CANDIDATES || shift.gain <= 0) return shifts + distances.last();
    words = shift.words;
    shifts++;
  }
}

/** Options of Tercom's tokenizer for TER. */
export interface TercomOptions {
  /** Whether to separate punctuation and replace XML entities; default false. */
  readonly normalized?: boolean;
  /** Whether to remove punctuation; default false. */
  readonly noPunct?: boolean;
  /**
   * Whether to treat Chinese and Japanese specially: `normalized` splits them into characters,
   * `noPunct` removes their punctuation; default false.
   */
  readonly asianSupport?: boolean;
  /** Whether upper and lower case differ; default false. */
  readonly caseSensitive?: boolean;
}

const ASIAN_PUNCTUATION = /[\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb]/g;
const FULL_WIDTH_PUNCTUATION = /[\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09]/g;

/** Splits a text into words with Tercom's tokenizer. */
function tercomWords(text: string, options: TercomOptions): string[] {
  const { normalized, noPunct, asianSupport, caseSensitive } = options;
  let words = caseSensitive ? text : text.toLowerCase();
  if (normalized) {
    words = normalizeWestern(words);
    if (asianSupport) words = normalizeAsian(words);
  }
  if (noPunct) {
    words = words.replace(/[.,?:;!"()]/g, '');
    if (asianSupport) {
      words = words.replace(ASIAN_PUNCTUATION, '').replace(FULL_WIDTH_PUNCTUATION, '');
    }
  }
  return splitWords(words);
}

function normalizeWestern(text: string): string {
  return ` ${unescapeXml(text.replaceAll('\n-', '').replaceAll('\n', ' '))} `
    .replace(/[{-~[-` -&(-+:-@/]/g, ' $& ')
    .replaceAll("'s ", " 's ")
    .replace(/([^0-9])([.,])/g, '$1 $2 ')
    .replace(/([.,])([^0-9])/g, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ');
}

/**
 * Splits ideographs and symbols into single characters. sacreBLEU's rules for kana only match at the
 * beginning of the text, which is a blank at that point, so they have no effect.
 */
function normalizeAsian(text: string): string {
  return text
    .replace(
      /[\u2e80-\u2eff\u31c0-\u31ef\u3200-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f]/g,
      ' $& ',
    )
    .replace(ASIAN_PUNCTUATION, ' $& ')
    .replace(FULL_WIDTH_PUNCTUATION, ' $& ');
}
