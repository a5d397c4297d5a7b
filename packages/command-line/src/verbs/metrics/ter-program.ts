import { ter, type TercomOptions, type TerScore } from '@ramble/metrics';

import { SWITCH } from '../../verb/flag.js';
import { metricProgram } from './metric-program.js';

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
