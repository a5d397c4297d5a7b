import type { LookupCounts } from '@ramble/core';

import { formatCount } from '../../format/format-count.js';

/** What to tell of prompt lookup: how many guesses were read, and how many of them came true. */
export function lookupNote({ drafted, accepted }: LookupCounts): string {
  return `Of ${formatCount(drafted)} guesses of prompt lookup ${formatCount(accepted)} came true.`;
}
