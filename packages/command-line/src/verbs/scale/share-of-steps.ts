import type { LogEntry } from '@ramble/runs';

/**
 * The share of the speed of products that a run's steps have reached, while they did not wait for other ranks: the
 * middle one of those in its log.
 *
 * @returns undefined where the log has none.
 */
export function shareOfSteps(log: readonly LogEntry[]): number | undefined {
  const shares = log.flatMap(({ peakShare, waitedShare = 0 }) =>
    peakShare !== undefined && waitedShare < 1 ? [peakShare / (1 - waitedShare)] : [],
  );
  return shares.sort((a, b) => a - b).at(shares.length >> 1);
}
