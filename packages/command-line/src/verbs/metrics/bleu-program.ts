import {
  bleu,
  BLEU_TOKENIZERS,
  type BleuOptions,
  type BleuScore,
  type BleuTokenizer,
} from '@ramble/metrics';

import { COUNT, SWITCH } from '../../verb/flag.js';
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
