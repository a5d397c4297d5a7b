import type { PromptStudy } from '@ramble/core/study';

import { fitText, formatTable } from '../../../format/format-table.js';
import { formatBytes, formatCount } from '../../../format/format-number.js';
import { namedSteps, tokensRead } from './group-steps.js';

/** Number of shown steps at both ends of a long prompt. */
const ENDS = 6;
const LABEL = 24;

/** Contents of the cache after each token, as lines. */
export function cacheLines(study: PromptStudy): string[] {
  const rows = namedSteps(study).map(({ name, read, reused, held, sizeBytes }) => [
    fitText(name, LABEL),
    { right: `${read}` },
    { right: `${reused}` },
    { right: `${held}` },
    { right: formatBytes(sizeBytes) },
  ]);
  const heading = [
    '',
    { right: 'read' },
    { right: 'reused' },
    { right: 'held' },
    { right: 'size' },
  ];
  const isLong = rows.length > 2 * ENDS + 1;
  const shown = isLong ? [...rows.slice(0, ENDS), ['…'], ...rows.slice(-ENDS)] : rows;
  const { withCache, without } = tokensRead(study);
  return [
    ...formatTable([heading, ...shown]),
    `Read ${formatCount(withCache)} times a token; without the cache ${formatCount(without)} times.`,
  ];
}
