import { counted } from '@ramble/core/files';

import { formatShare } from '../format/format-share.js';

/** The processes that trained together. */
export interface ReportedRanks {
  /** The name of each one's machine, by rank. */
  readonly hosts: readonly string[];
  /** Share of the time that the first one waited for sums over all, 0 to 1. */
  readonly waitedShare: number;
}

/** Describes ranks in a phrase: `4 ranks on ant, bee, 3.1 % of the time waiting for sums`. */
export function describeRanks({ hosts, waitedShare }: ReportedRanks): string {
  const machines = [...new Set(hosts)].join(', ');
  const waited = formatShare(waitedShare);
  return `${counted(hosts.length, 'rank')} on ${machines}, ${waited} of the time waiting for sums`;
}
