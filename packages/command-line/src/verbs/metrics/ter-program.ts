import { ter, type TercomOptions, type TerScore } from '@ramble/metrics';

import { metricProgram } from './metric-program.js';

/** Flags of `metrics ter` in addition to the flags of every metric. */
interface TerFlags extends Required<Omit<TercomOptions, 'noPunct'>> {
  readonly punct: boolean;
}

export const terProgram = metricProgram<TerFlags, TerScore>({
  flags: {
    normalized: {
      kind: 'boolean',
      default: false,
      description: 'Separate punctuation from words.',
    },
    punct: {
      kind: 'boolean',
      default: true,
      description: 'Count punctuation; --no-punct removes it.',
    },
    asianSupport: {
      kind: 'boolean',
      default: false,
      description:
        'With --normalized, split Chinese and Japanese into characters; with --no-punct, drop their punctuation.',
    },
    caseSensitive: { kind: 'boolean', default: false, description: 'Do not ignore case.' },
  },
  metric: ({ normalized, punct, asianSupport, caseSensitive }) =>
    ter({ normalized, noPunct: !punct, asianSupport, caseSensitive }),
});
