import type { Statistic } from '@ramble/core/app';

import { formatTable } from '../../format/format-table.js';

/** Statistics of samples, compared with those of the data, and with how these differ between outputs. */
export interface Comparison {
  readonly samples: readonly Statistic[];
  readonly data: readonly Statistic[];
  readonly spread: Spread;
}

/** A number of samples beside that of the data; absent where only the other has the name. */
interface ComparedNumber {
  /** The name of one of several numbers or shares. */
  readonly label: string;
  readonly samples?: number;
  readonly data?: number;
  /** What nine of ten outputs of the data have. */
  readonly low?: number;
  readonly high?: number;
}

/** One statistic, compared. */
export interface ComparedStatistic {
  readonly name: string;
  readonly kind: 'value' | 'values' | 'shares';
  /** One of a value; of several numbers as many as there are names, in their order. */
  readonly numbers: readonly ComparedNumber[];
}

/** Puts the statistics of a comparison beside one another, by their names. */
export function compared({ samples, data, spread }: Comparison): ComparedStatistic[] {
  return samples.map((statistic) => {
    const { name } = statistic;
    const kind = 'value' in statistic ? 'value' : 'values' in statistic ? 'values' : 'shares';
    const recordOf = (others: readonly Statistic[]): Readonly<Record<string, number>> =>
      numbersOf(others.find((other) => other.name === name));
    const [written, known] = [numbersOf(statistic), recordOf(data)];
    const [low, high] = [recordOf(spread.low), recordOf(spread.high)];
    const none = kind === 'shares' ? 0 : undefined;
    const numbers = joinOrders(Object.keys(written), Object.keys(known)).map((label) => ({
      label,
      samples: written[label] ?? none,
      data: known[label] ?? none,
      low: low[label] ?? none,
      high: high[label] ?? none,
    }));
    return { name, kind, numbers };
  });
}

/** Formats a comparison as lines of text: numbers first, then those of several names. */
export function comparisonLines(comparison: Comparison): string[] {
  const rows: (string | { right: string })[][] = [
    ['', ...['samples', 'data', 'nine of ten have'].map((right) => ({ right }))],
  ];
  for (const { name, kind, numbers } of compared(comparison)) {
    if (kind !== 'value') rows.push([name]);
    for (const { label, samples, data, low, high } of numbers) {
      const format = (number: number | undefined): string => formatNumber(number, kind);
      const spread = low === undefined ? '' : `${format(low)} to ${format(high)}`;
      const cells = [format(samples), format(data), spread].map((right) => ({ right }));
      rows.push([kind === 'value' ? name : `  ${label}`, ...cells]);
    }
  }
  return formatTable(rows);
}

/** A number of a statistic for people; nothing for none. */
export function formatNumber(number: number | undefined, kind: ComparedStatistic['kind']): string {
  if (number === undefined) return '';
  return kind === 'shares' ? `${(100 * number).toFixed(1)} %` : number.toFixed(3);
}

/** The numbers of a statistic by their names; that of a value has an empty one. */
function numbersOf(statistic: Statistic | undefined): Readonly<Record<string, number>> {
  if (!statistic) return {};
  if ('value' in statistic) return { '': statistic.value };
  return 'values' in statistic ? statistic.values : statistic.shares;
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

/** What nine of ten outputs of the data have: a twentieth has less than `low`, as many more than `high`. */
interface Spread {
  readonly low: readonly Statistic[];
  readonly high: readonly Statistic[];
}

const [LOW, HIGH] = [0.05, 0.95];

/** The spread of statistics between outputs, each of which has its own; one that is not known may lack. */
export function spreadOf(each: readonly (readonly Statistic[])[]): Spread {
  const all = each.flat();
  const names = [...new Set(all.map(({ name }) => name))];
  const at = (quantile: number): Statistic[] =>
    names.map((name) =>
      quantileOf(
        all.filter((statistic) => statistic.name === name),
        quantile,
      ),
    );
  return { low: at(LOW), high: at(HIGH) };
}

function quantileOf(all: readonly Statistic[], quantile: number): Statistic {
  const [first] = all;
  const { name } = first;
  if ('value' in first) {
    return { name, value: quantileAt(valuesOf(all, 'value'), quantile) };
  }
  const kind = 'values' in first ? 'values' : 'shares';
  const records = valuesOf<Readonly<Record<string, number>>>(all, kind);
  const labels = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const named = labels.map((label): [string, number] => {
    // A share that is not named is none; a number that is not named is not known.
    const numbers = records.flatMap((record) => record[label] ?? (kind === 'shares' ? 0 : []));
    return [label, quantileAt(numbers, quantile)];
  });
  const record = Object.fromEntries(named);
  return kind === 'values' ? { name, values: record } : { name, shares: record };
}

function valuesOf<T = number>(all: readonly Statistic[], kind: 'value' | 'values' | 'shares'): T[] {
  return all.flatMap((statistic) =>
    kind in statistic ? [statistic[kind as keyof Statistic] as T] : [],
  );
}

/** A quantile of numbers, between the two that are next to it. */
function quantileAt(numbers: readonly number[], quantile: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * quantile;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
