import type { FlagTable } from '../../cli/flag.js';

/** The flags that every metric has, named as in sacreBLEU where it has them. */
export interface MetricFlags {
  readonly reference: readonly string[];
  readonly hypothesis: readonly string[];
  readonly sentenceLevel: boolean;
  readonly confidence: boolean;
  readonly pairedBs: boolean;
  readonly confidenceN: number;
  readonly pairedBsN: number;
  readonly seed: number;
  readonly width: number;
}

export const METRIC_FLAGS: FlagTable<MetricFlags> = {
  reference: {
    kind: 'list',
    placeholder: 'file',
    description: 'Files with the references, a segment a line, one file for each set of them.',
  },
  hypothesis: {
    kind: 'list',
    placeholder: 'file',
    description: 'The file to score, - for standard input; several with --paired-bs.',
  },
  sentenceLevel: {
    kind: 'boolean',
    default: false,
    description: 'Score each line instead of all together.',
  },
  confidence: {
    kind: 'boolean',
    default: false,
    description: 'Tell the interval that 95 % of corpora drawn from this one lie in.',
  },
  pairedBs: {
    kind: 'boolean',
    default: false,
    description: 'Hold each file against the first by a paired bootstrap.',
  },
  confidenceN: {
    kind: 'integer',
    min: 1,
    default: 1000,
    description: 'Corpora that --confidence draws.',
  },
  pairedBsN: {
    kind: 'integer',
    min: 1,
    default: 1000,
    description: 'Corpora that --paired-bs draws.',
  },
  seed: { kind: 'integer', min: 0, default: 12345, description: 'Of what they draw.' },
  width: widthFlag(1),
};

/** `--width`, for a metric that is shown with some decimals. */
export function widthFlag(decimals: number): FlagTable<MetricFlags>['width'] {
  const description = 'Decimals that are shown.';
  return { kind: 'integer', min: 0, max: 20, default: decimals, description };
}
