import { checkChoice, checkInteger, formatDecimals } from '../score/metric.js';
import { splitWords, trim, unescapeXml } from '../text/words.js';

/** Settings of BLEU, under sacreBLEU's names and with its defaults. */
export interface BleuOptions {
  /** Name of the tokenizer; default `13a`. */
  readonly tokenize?: BleuTokenizer;
  /** Whether upper and lower case are the same; default false. */
  readonly lowercase?: boolean;
  /**
   * Method of smoothing the n-gram precisions; default `exp`. For an order of n-grams without matches, `exp` counts
   * 1/2 of a match (1/4 for the second such order, 1/8 for the third, …), `floor` counts `smoothValue` matches, and
   * `none` leaves the precision at 0. `add-k` adds `smoothValue` to the numbers of matches and of n-grams of every
   * order except 1.
   */
  readonly smoothMethod?: SmoothMethod;
  /**
   * Amount that the smoothing method `floor` (default 0.1) or `add-k` (default 1) adds, 0 or more; an error with the
   * other methods.
   */
  readonly smoothValue?: number;
  /** Maximum length of n-grams, at least 1; default 4. */
  readonly maxNgramOrder?: number;
  /**
   * Whether to leave out orders of n-grams that are longer than the hypothesis, as is usual for single sentences;
   * default false.
   */
  readonly effectiveOrder?: boolean;
}

export type SmoothMethod = 'exp' | 'floor' | 'add-k' | 'none';

/** Default amount that each smoothing method adds. */
const SMOOTH_VALUES: Readonly<Record<SmoothMethod, number | undefined>> = {
  exp: undefined,
  floor: 0.1,
  'add-k': 1,
  none: undefined,
};

/** BLEU's options with the defaults filled in; `smoothValue` is undefined for methods that have none. */
export type BleuSettings = Required<Omit<BleuOptions, 'smoothValue'>> & {
  readonly smoothValue: number | undefined;
};

/**
 * Fills in the defaults of BLEU's options and checks them.
 *
 * @throws RangeError for an invalid option.
 */
export function bleuSettings({
  tokenize = '13a',
  lowercase = false,
  smoothMethod = 'exp',
  smoothValue,
  maxNgramOrder = 4,
  effectiveOrder = false,
}: BleuOptions): BleuSettings {
  checkChoice('tokenize', tokenize, Object.keys(BLEU_TOKENIZERS));
  checkChoice('smoothMethod', smoothMethod, Object.keys(SMOOTH_VALUES));
  checkInteger('maxNgramOrder', maxNgramOrder, 1);
  const usual = SMOOTH_VALUES[smoothMethod];
  if (smoothValue !== undefined) {
    if (usual === undefined) {
      throw new RangeError(
        `smoothValue: expected smoothMethod floor or add-k with it, got ${smoothMethod}`,
      );
    }
    if (!(smoothValue >= 0 && smoothValue < Infinity)) {
      throw new RangeError(`smoothValue: expected a number of at least 0, got ${smoothValue}`);
    }
  }
  const value = smoothValue ?? usual;
  return { tokenize, lowercase, smoothMethod, smoothValue: value, maxNgramOrder, effectiveOrder };
}

/** Formats the smoothing method for signatures: `exp` or `floor[0.10]`. */
export function smoothingWord({ smoothMethod, smoothValue }: BleuSettings): string {
  return smoothValue === undefined
    ? smoothMethod
    : `${smoothMethod}[${formatDecimals(smoothValue, 2)}]`;
}

/** Name of a function that splits a line into the words whose n-grams BLEU counts. */
export type BleuTokenizer = keyof typeof BLEU_TOKENIZERS;

/**
 * sacreBLEU's tokenizers by name. `13a` is mteval-v13a.pl's tokenizer, which WMT uses; `intl` is
 * mteval-v14.pl's, for all writing systems; `zh` is for Chinese; `char` takes each character as a
 * word; `none` splits at white space only.
 */
export const BLEU_TOKENIZERS = {
  '13a': tokenize13a,
  intl: tokenizeInternational,
  zh: tokenizeChinese,
  char: (line: string): string[] => splitWords(Array.from(line).join(' ')),
  none: splitWords,
} as const;

function tokenize13a(line: string): string[] {
  const joined = line.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  return tokenizeWestern(` ${unescapeXml(joined)} `);
}

/**
 * Splits a line into words and punctuation marks. Apostrophes, periods and commas between digits, and dashes that do
 * not follow a digit are not separated.
 */
function tokenizeWestern(line: string): string[] {
  return splitWords(
    line
      .replace(/[{-~[-` -&(-+:-@/]/g, ' $& ')
      .replace(/([^0-9])([.,])/g, '$1 $2 ')
      .replace(/([.,])([^0-9])/g, ' $1 $2')
      .replace(/([0-9])(-)/g, '$1 $2 '),
  );
}

/** Splits a line into words, symbols and punctuation marks. Punctuation between digits is not separated. */
function tokenizeInternational(line: string): string[] {
  return splitWords(
    line
      .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
      .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
      .replace(/\p{S}/gu, ' $& '),
  );
}

/**
 * Chinese characters by sacreBLEU's table. Because of how the table writes characters above U+FFFF, it also matches
 * U+2001 to U+2A6D, which are punctuation and symbols.
 */
const CHINESE = new RegExp(
  '[\\u2001-\\u2a6d\\u2e80-\\u2fdf\\u2ff0-\\u303f\\u3100-\\u312f\\u31a0-\\u31bf\\u31c0-\\u31ef' +
    '\\u3200-\\u4db5\\u4e00-\\u9fbb\\uf900-\\ufa2d\\ufa30-\\ufa6a\\ufa70-\\ufad9' +
    '\\ufe10-\\ufe1f\\ufe30-\\ufe4f\\uff00-\\uffef]',
  'g',
);

function tokenizeChinese(line: string): string[] {
  return tokenizeWestern(trim(line).replace(CHINESE, ' $& '));
}
