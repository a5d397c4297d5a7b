import type { Statistic } from '@ramble/core';

/** What nine of ten outputs of the data have: a twentieth has less than `low`, as many more than `high`. */
export interface Spread {
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
