import { ter, type TercomOptions, type TerScore } from '@ramble/metrics';

import { metricProgram } from './metric-program.js';

/** What `metrics ter` takes beside the flags of every metric. */
interface TerFlags extends Required<Omit<TercomOptions, 'noPunct'>> {
  readonly punct: boolean;
}

export const terProgram = metricProgram<TerFlags, TerScore>({
  flags: {
    normalized: {
      kind: 'boolean',
      default: false,
      description: 'Part punctuation from words.',
    },
    punct: {
      kind: 'boolean',
      default: true,
      description: 'Count punctuation; --no-punct does not.',
    },
    asianSupport: {
      kind: 'boolean',
      default: false,
      description: 'Do so with Chinese and Japanese too, and cut them into characters.',
    },
    caseSensitive: { kind: 'boolean', default: false, description: 'Do not take A for a.' },
  },
  metric: ({ normalized, punct, asianSupport, caseSensitive }) =>
    ter({ normalized, noPunct: !punct, asianSupport, caseSensitive }),
});
