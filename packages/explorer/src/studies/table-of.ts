import type { ScoreTable } from '@ramble/core/study';

/**
 * The table of one head.
 *
 * @throws RangeError when there is no such head.
 */
export function tableOf(tables: readonly ScoreTable[], head: number): ScoreTable {
  const table = tables.at(head);
  if (table) return table;
  throw new RangeError(`head: expected an integer from 0 to ${tables.length - 1}, got ${head}`);
}
