import {
  bleu,
  BLEU_TOKENIZERS,
  type BleuOptions,
  type BleuScore,
  type BleuTokenizer,
  chrf,
  type ChrfOptions,
  rouge,
  ROUGE_MEASURES,
  ROUGE_TOKENIZERS,
  type RougeMeasure,
  type RougeOptions,
  type RougeScore,
  type RougeTokenizer,
  type Score,
  ter,
  type TercomOptions,
  type TerScore,
} from '@ramble/metrics';

import { formatTable } from '../../format/format-table.js';
import { COUNT, SWITCH } from '../../verb/flag.js';
import { type MetricFlags, widthFlag } from './metric-flags.js';
import { metricProgram } from './metric-program.js';

/** Flags of `metrics bleu` in addition to the flags of every metric. */
type BleuFlags = Required<Omit<BleuOptions, 'smoothValue'>> & Pick<BleuOptions, 'smoothValue'>;

export const bleuProgram = metricProgram<BleuFlags, BleuScore>({
  flags: {
    tokenize: {
      kind: 'choice',
      choices: Object.keys(BLEU_TOKENIZERS) as BleuTokenizer[], // the keys of its type
      default: '13a',
      description: 'Tokenizer that splits text into words.',
    },
    lowercase: { ...SWITCH, description: 'Ignore case.' },
    smoothMethod: {
      kind: 'choice',
      choices: ['exp', 'floor', 'add-k', 'none'],
      default: 'exp',
      description: 'Smoothing of precisions without matches.',
    },
    smoothValue: {
      kind: 'number',
      min: 0,
      derived: '0.1 for floor, 1 for add-k',
      description: 'The value that floor and add-k smooth with.',
    },
    maxNgramOrder: { ...COUNT, max: 100, default: 4, description: 'Maximum order of n-grams.' },
    effectiveOrder: {
      ...SWITCH,
      description: 'Leave out n-grams longer than the hypothesis; always with --sentence-level.',
    },
  },
  metric: ({ sentenceLevel, effectiveOrder, ...options }) =>
    bleu({ ...options, effectiveOrder: effectiveOrder || sentenceLevel }),
});

export const chrfProgram = metricProgram<Required<ChrfOptions>, Score>({
  flags: {
    charOrder: {
      ...COUNT,
      max: 100,
      default: 6,
      description: 'Maximum order of character n-grams.',
    },
    wordOrder: {
      kind: 'integer',
      min: 0,
      max: 100,
      default: 0,
      description: 'Maximum order of word n-grams; 2 is chrF++.',
    },
    beta: {
      ...COUNT,
      default: 2,
      description: 'Beta of the F-score: weight of recall relative to precision.',
    },
    lowercase: { ...SWITCH, description: 'Ignore case.' },
    whitespace: { ...SWITCH, description: 'Count whitespace too.' },
    epsSmoothing: { ...SWITCH, description: 'Smooth as chrF++.py, NLTK and Moses do.' },
  },
  metric: chrf,
});

/** Flags of `metrics ter` in addition to the flags of every metric. */
interface TerFlags extends Required<Omit<TercomOptions, 'noPunct'>> {
  readonly punct: boolean;
}

export const terProgram = metricProgram<TerFlags, TerScore>({
  flags: {
    normalized: { ...SWITCH, description: 'Separate punctuation from words.' },
    punct: {
      kind: 'boolean',
      default: true,
      description: 'Count punctuation; --no-punct removes it.',
    },
    asianSupport: {
      ...SWITCH,
      description:
        'With --normalized, split Chinese and Japanese into characters; with --no-punct, drop their punctuation.',
    },
    caseSensitive: { ...SWITCH, description: 'Do not ignore case.' },
  },
  metric: ({ normalized, punct, asianSupport, caseSensitive }) =>
    ter({ normalized, noPunct: !punct, asianSupport, caseSensitive }),
});

/** Flags of `metrics rouge` in addition to the flags of every metric. */
interface RougeFlags extends Required<RougeOptions>, Pick<MetricFlags, 'width'> {
  readonly sentenceSeparator?: string;
  readonly measure: RougeMeasure;
}

export const rougeProgram = metricProgram<RougeFlags, RougeScore>({
  flags: {
    stemmer: { ...SWITCH, description: 'Reduce English words to their stems.' },
    tokenize: {
      kind: 'choice',
      choices: Object.keys(ROUGE_TOKENIZERS) as RougeTokenizer[], // the keys of its type
      default: 'ascii',
      description: 'Tokenizer of words: ascii keeps only a to z and digits.',
    },
    sentenceSeparator: {
      kind: 'string',
      placeholder: 'text',
      derived: 'none, a line is a sentence',
      description: 'The text between the sentences of a line, for Lsum.',
    },
    measure: {
      kind: 'choice',
      choices: ROUGE_MEASURES,
      default: 'rouge1',
      description: 'The measure whose F1 --confidence and --paired-bs use.',
    },
    width: widthFlag(4),
  },
  metric: ({ stemmer, tokenize }) => rouge({ stemmer, tokenize }),
  prepare: (line, { sentenceSeparator }) =>
    sentenceSeparator ? line.replaceAll(sentenceSeparator, '\n') : line,
  numberOf: (score, { measure }) => score[measure].f1,
  show: (score, { width }) => [
    `ROUGE|${score.signature}`,
    ...formatTable(
      [
        ['', 'precision', 'recall', 'F1'],
        ...ROUGE_MEASURES.map((measure) => {
          const { precision, recall, f1 } = score[measure];
          return [measure, ...[precision, recall, f1].map((value) => value.toFixed(width))];
        }),
      ],
      'lr',
    ),
  ],
});
