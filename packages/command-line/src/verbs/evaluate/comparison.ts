import type { Statistic } from '@ramble/core';

import { formatTable } from '../../format/format-table.js';

/** Statistics of samples, compared with those of the data. */
export interface Comparison {
  readonly samples: readonly Statistic[];
  readonly data: readonly Statistic[];
}

/** Formats a comparison as lines of text: numbers first, then shares. */
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
      for (const label of joinOrders(Object.keys(statistic.shares), Object.keys(other.shares))) {
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

/** The names of both lists: what the first lacks stands where the second has it. */
function joinOrders(first: readonly string[], second: readonly string[]): string[] {
  const joined = [...first];
  second.forEach((name, i) => {
    if (!joined.includes(name))
      joined.splice(i === 0 ? 0 : joined.indexOf(second[i - 1]) + 1, 0, name);
  });
  return joined;
}

function right(value: number, digits: number, unit = ''): { right: string } {
  return { right: `${value.toFixed(digits)}${unit}` };
}
