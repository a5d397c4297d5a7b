import type { Resampled } from '@ramble/metrics';

import { UsageError } from '../../verb/exit-errors.js';
import type { MetricFlags } from './metric-flags.js';

/** How the flags ask to draw corpora; `undefined` where they do not. */
export function resampledBy(flags: MetricFlags): Resampled | undefined {
  const { seed } = flags;
  if (flags.pairedAr) return { test: 'ar', samples: flags.pairedArN, seed };
  if (flags.pairedBs) return { test: 'bs', samples: flags.pairedBsN, seed };
  return flags.confidence ? { test: 'bs', samples: flags.confidenceN, seed } : undefined;
}

/**
 * Checks that the flags for confidence intervals and significance tests fit together.
 *
 * @throws UsageError for flags that do not go together.
 */
export function checkResampling({
  hypothesis,
  sentenceLevel,
  confidence,
  pairedBs,
  pairedAr,
}: MetricFlags): void {
  if (pairedBs && pairedAr) {
    throw new UsageError('--paired-ar: expected no --paired-bs with it, got both');
  }
  const randomization = pairedAr ? '--paired-ar' : undefined;
  const test = pairedBs ? '--paired-bs' : randomization;
  if (test !== undefined && hypothesis.length < 2) {
    throw new UsageError(`${test}: expected two or more files for --hypothesis, got one`);
  }
  if (test === undefined && hypothesis.length > 1) {
    throw new UsageError(
      `--hypothesis: expected one file unless --paired-bs or --paired-ar is given, got ${hypothesis.length}`,
    );
  }
  const resampling = confidence ? '--confidence' : test;
  if (sentenceLevel && resampling !== undefined) {
    throw new UsageError(`--sentence-level: expected no ${resampling} with it, got both`);
  }
  if (confidence && test !== undefined) {
    throw new UsageError(`--confidence: expected no ${test} with it, got both`);
  }
}
