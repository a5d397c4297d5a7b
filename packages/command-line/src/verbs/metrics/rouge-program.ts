import {
  rouge,
  ROUGE_MEASURES,
  ROUGE_TOKENIZERS,
  type RougeMeasure,
  type RougeOptions,
  type RougeScore,
  type RougeTokenizer,
} from '@ramble/metrics';

import { formatTable } from '../../format/format-table.js';
import { SWITCH } from '../../verb/flag.js';
import { type MetricFlags, widthFlag } from './metric-flags.js';
import { metricProgram } from './metric-program.js';

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
