import {
  bleu,
  BLEU_TOKENIZERS,
  type BleuOptions,
  type BleuScore,
  type BleuTokenizer,
} from '@ramble/metrics';

import { metricProgram } from './metric-program.js';

/** What `metrics bleu` takes beside the flags of every metric. */
type BleuFlags = Required<Omit<BleuOptions, 'smoothValue'>> & Pick<BleuOptions, 'smoothValue'>;

export const bleuProgram = metricProgram<BleuFlags, BleuScore>({
  flags: {
    tokenize: {
      kind: 'choice',
      choices: Object.keys(BLEU_TOKENIZERS) as BleuTokenizer[], // the keys of its type
      default: '13a',
      description: 'How words are cut.',
    },
    lowercase: { kind: 'boolean', default: false, description: 'Take A for a.' },
    smoothMethod: {
      kind: 'choice',
      choices: ['exp', 'floor', 'add-k', 'none'],
      default: 'exp',
      description: 'What stands for precisions without matches.',
    },
    smoothValue: {
      kind: 'number',
      min: 0,
      derived: '0.1 for floor, 1 for add-k',
      description: 'What is added to counts.',
    },
    maxNgramOrder: { kind: 'integer', min: 1, default: 4, description: 'The longest n-grams.' },
    effectiveOrder: {
      kind: 'boolean',
      default: false,
      description: 'Leave out n-grams longer than the hypothesis; always with --sentence-level.',
    },
  },
  metric: ({ sentenceLevel, effectiveOrder, ...options }) =>
    bleu({ ...options, effectiveOrder: effectiveOrder || sentenceLevel }),
});
