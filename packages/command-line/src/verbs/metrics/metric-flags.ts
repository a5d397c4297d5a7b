import { COUNT, type Flags, type FlagTable, type FlagValues, SWITCH } from '../../verb/flag.js';

/** The flags of every metric, named as in sacreBLEU if it has them. */
export const METRIC_FLAGS = {
  reference: {
    kind: 'list',
    placeholder: 'file',
    description: 'Files of references: one segment per line, one file per reference set.',
  },
  hypothesis: {
    kind: 'list',
    placeholder: 'file',
    description:
      'The file to score, or - for standard input; several with --paired-bs or --paired-ar.',
  },
  sentenceLevel: { ...SWITCH, description: 'Score each line in place of the whole corpus.' },
  confidence: {
    ...SWITCH,
    description: 'Print the mean and 95 % interval of scores of resampled corpora.',
  },
  pairedBs: {
    ...SWITCH,
    description: 'Compare each file with the first by a paired bootstrap test.',
  },
  pairedAr: {
    ...SWITCH,
    description: 'Compare each file with the first by approximate randomization.',
  },
  confidenceN: {
    ...COUNT,
    max: 1_000_000,
    default: 1000,
    description: 'Number of bootstrap samples of --confidence.',
  },
  pairedBsN: {
    ...COUNT,
    max: 1_000_000,
    default: 1000,
    description: 'Number of bootstrap samples of --paired-bs.',
  },
  pairedArN: {
    ...COUNT,
    max: 1_000_000,
    default: 10_000,
    description: 'Number of trials of --paired-ar.',
  },
  seed: {
    kind: 'integer',
    min: 0,
    default: 12345,
    description: "Seed of resampling; the default is sacreBLEU's.",
  },
  width: widthFlag(1),
} as const satisfies Flags;

export type MetricFlags = FlagValues<typeof METRIC_FLAGS>;

/** Flag `--width` for a metric: the number of printed decimals. */
export function widthFlag(decimals: number): FlagTable<{ readonly width: number }>['width'] {
  const description = 'Number of decimals to print.';
  return { kind: 'integer', min: 0, max: 20, default: decimals, description };
}
