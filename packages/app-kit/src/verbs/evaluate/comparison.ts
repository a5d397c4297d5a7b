import type { Statistic } from '@ramble/core';

import { formatTable } from '../../format/format-table.js';

/** What samples are like, beside the data. */
export interface Comparison {
  readonly samples: readonly Statistic[];
  readonly data: readonly Statistic[];
}

/** As lines for people: numbers first, then shares. */
export function comparisonLines({ samples, data }: Comparison): string[] {
  const rows = [['', { right: 'samples' }, { right: 'data' }]];
  const others = new Map(data.map((statistic) => [statistic.name, statistic]));
  for (const statistic of samples) {
    const other = others.get(statistic.name);
    if ('value' in statistic && other && 'value' in other) {
      rows.push([statistic.name, right(statistic.value, 3), right(other.value, 3)]);
    }
    if ('shares' in statistic && other && 'shares' in other) {
      rows.push([statistic.name, '', '']);
      const labels = new Set([...Object.keys(statistic.shares), ...Object.keys(other.shares)]);
      for (const label of labels) {
        rows.push([
          `  ${label}`,
          right(100 * (statistic.shares[label] ?? 0), 1, ' %'),
          right(100 * (other.shares[label] ?? 0), 1, ' %'),
        ]);
      }
    }
  }
  return formatTable(rows);
}

function right(value: number, digits: number, unit = ''): { right: string } {
  return { right: `${value.toFixed(digits)}${unit}` };
}
