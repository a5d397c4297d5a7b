import type { LookupCounts } from '@ramble/core';

import { formatCount } from '../../format/format-count.js';

/** The note about prompt lookup: the numbers of draft tokens and of accepted ones. */
export function lookupNote({ drafted, accepted }: LookupCounts): string {
  return `Of ${formatCount(drafted)} guesses of prompt lookup ${formatCount(accepted)} came true.`;
}
