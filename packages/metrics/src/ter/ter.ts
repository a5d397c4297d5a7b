import { corpusScore, type Metric, type Score, signatureOf } from '../score/metric.js';
import { splitWords, tokenIds, trimEnd } from '../text/words.js';
import { alignWords, editDistances, findBestShift } from './find-best-shift.js';

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
 * @throws RangeError if the lists are empty or not equally long.
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

/** Candidates after which no more shifts are looked for, as in sacreBLEU. */
const MAX_CANDIDATES = 1000;

/**
 * The edits that turn a hypothesis into a reference: shifts of words, one after another while one brings it
 * nearer, then insertions, deletions and replacements.
 *
 * @param hypothesis - Words as numbers.
 * @param reference - Words as numbers.
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
    // A shift that was found as the last candidate allowed is not made.
    if (candidates >= MAX_CANDIDATES || shift.gain <= 0) return shifts + distances.last();
    words = shift.words;
    shifts++;
  }
}

/** The options of Tercom's tokenizer for TER. */
export interface TercomOptions {
  /** Separates punctuation and replaces XML's names of characters; default false. */
  readonly normalized?: boolean;
  /** Leaves punctuation out; default false. */
  readonly noPunct?: boolean;
  /**
   * Whether to treat Chinese and Japanese specially: `normalized` splits them into characters,
   * `noPunct` removes their punctuation; default false.
   */
  readonly asianSupport?: boolean;
  /** Upper and lower case differ; default false. */
  readonly caseSensitive?: boolean;
}

const ASIAN_PUNCTUATION = /[\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb]/g;
const FULL_WIDTH_PUNCTUATION = /[\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09]/g;

/** The words of a text. */
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
  const joined = text
    .replaceAll('\n-', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  return ` ${joined} `
    .replace(/[{-~[-` -&(-+:-@/]/g, ' $& ')
    .replaceAll("'s ", " 's ")
    .replace(/([^0-9])([.,])/g, '$1 $2 ')
    .replace(/([.,])([^0-9])/g, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ');
}

/**
 * Cuts ideographs and signs into characters. sacreBLEU's rules for kana look for them at the beginning
 * of the text, which is a blank by then, and so do nothing.
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
