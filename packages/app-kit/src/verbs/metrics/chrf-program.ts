import { chrf, type ChrfOptions, type Score } from '@ramble/metrics';

import { metricProgram } from './metric-program.js';

export const chrfProgram = metricProgram<Required<ChrfOptions>, Score>({
  flags: {
    charOrder: {
      kind: 'integer',
      min: 1,
      default: 6,
      description: 'The longest n-grams of characters.',
    },
    wordOrder: {
      kind: 'integer',
      min: 0,
      default: 0,
      description: 'The longest n-grams of words; 2 is chrF++.',
    },
    beta: {
      kind: 'integer',
      min: 1,
      default: 2,
      description: 'How many times as much recall counts as precision.',
    },
    lowercase: { kind: 'boolean', default: false, description: 'Take A for a.' },
    whitespace: { kind: 'boolean', default: false, description: 'Count white space.' },
    epsSmoothing: {
      kind: 'boolean',
      default: false,
      description: 'Smooth as chrF++.py, NLTK and Moses do.',
    },
  },
  metric: chrf,
});
