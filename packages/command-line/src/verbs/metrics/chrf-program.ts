import { chrf, type ChrfOptions, type Score } from '@ramble/metrics';

import { COUNT, SWITCH } from '../../verb/flag.js';
import { metricProgram } from './metric-program.js';

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
