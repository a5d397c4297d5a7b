import { checkChoice, checkInteger, formatDecimals } from '../score/metric.js';
import { BLEU_TOKENIZERS, type BleuTokenizer } from './bleu-tokenizers.js';

/** Settings of BLEU, under sacreBLEU's names and with its defaults. */
export interface BleuOptions {
  /** Name of the tokenizer; default `13a`. */
  readonly tokenize?: BleuTokenizer;
  /** Whether upper and lower case are the same; default false. */
  readonly lowercase?: boolean;
  /**
   * Smoothing of a precision without matches: `exp` uses 1/2, 1/4, … of a match for successive such orders, `floor`
   * adds to its number of matches, `add-k` adds to all counts except those for single words, `none` leaves it at 0;
   * default `exp`.
   */
  readonly smoothMethod?: SmoothMethod;
  /** Amount that `floor` (default 0.1) or `add-k` (default 1) adds; 0 or more. */
  readonly smoothValue?: number;
  /** Maximum length of n-grams, at least 1; default 4. */
  readonly maxNgramOrder?: number;
  /**
   * Whether orders are left out for which the hypothesis is too short, as is usual for sentences; default
   * false.
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

/** Options with the defaults filled in. */
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
