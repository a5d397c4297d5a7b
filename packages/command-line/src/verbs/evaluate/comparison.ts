import { generate } from '@ramble/core';
import type { Statistic } from '@ramble/core/app';
import type { ComparedNumber, ComparisonContent } from '@ramble/explorer/pages';

import { formatShare } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';
import type { OpenModel } from '../../model/open-model.js';
import type { DomainCall } from '../../verb/verb.js';
import { outputGrammar } from '../sample/app-sampling.js';
import { statisticsFeature } from '../../verb/evaluate-features.js';
import type { EvaluationData } from './evaluation-data.js';

/** Statistics of generated samples and of the data. `spread` is the range that nine in ten outputs of the data have. */
export interface Comparison {
  readonly samples: readonly Statistic[];
  readonly data: readonly Statistic[];
  readonly spread: Spread;
}

/** Comparison of one statistic. */
interface ComparedStatistic {
  readonly name: string;
  readonly kind: 'value' | 'values' | 'shares';
  /** A single number if `kind` is `value`; otherwise one for each label, in order. */
  readonly numbers: readonly ComparedNumber[];
}

/** Matches the statistics of samples and data by name. */
function compared({ samples, data, spread }: Comparison): ComparedStatistic[] {
  return samples.map((statistic) => {
    const { name } = statistic;
    const kind = kindOf(statistic);
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

/** Formats a comparison as lines of text. Statistics with several numbers come last. */
export function comparisonLines(comparison: Comparison): string[] {
  const rows = [['', 'samples', 'data', 'nine of ten have']];
  for (const { name, kind, numbers } of compared(comparison)) {
    if (kind !== 'value') rows.push([name]);
    for (const { label, samples, data, low, high } of numbers) {
      const format = (number: number | undefined): string => formatNumber(number, kind);
      const spread = low === undefined ? '' : `${format(low)} to ${format(high)}`;
      rows.push([kind === 'value' ? name : `  ${label}`, format(samples), format(data), spread]);
    }
  }
  return formatTable(rows, 'lr');
}

/** Returns the contents of a page: a table of the statistics with one number, and charts of the other statistics. */
export function comparisonFigures(
  comparison: Comparison,
): Pick<ComparisonContent, 'values' | 'charts'> {
  const statistics = compared(comparison);
  const single = statistics.filter(({ kind }) => kind === 'value');
  const several = statistics.filter(({ kind }) => kind !== 'value');
  return {
    values: single.map(({ name, kind, numbers: [{ samples, data, low, high }] }) => [
      name,
      ...[samples, data, low, high].map((number) => formatNumber(number, kind)),
    ]),
    charts: several.map(({ kind, ...chart }) => ({ ...chart, areShares: kind === 'shares' })),
  };
}

/** Formats a number of a statistic; empty for `undefined`. */
function formatNumber(number: number | undefined, kind: ComparedStatistic['kind']): string {
  if (number === undefined) return '';
  return kind === 'shares' ? formatShare(number) : number.toFixed(3);
}

/** The numbers of a statistic by their labels; a single value has an empty label. */
function numbersOf(statistic: Statistic | undefined): Readonly<Record<string, number>> {
  if (!statistic) return {};
  if ('value' in statistic) return { '': statistic.value };
  return 'values' in statistic ? statistic.values : statistic.shares;
}

/** Merges two lists of labels. A label that only the second list has is put after the label that precedes it there. */
function joinOrders(first: readonly string[], second: readonly string[]): string[] {
  const joined = [...first];
  second.forEach((name, i) => {
    if (!joined.includes(name))
      joined.splice(i === 0 ? 0 : joined.indexOf(second[i - 1]) + 1, 0, name);
  });
  return joined;
}

/** Quantiles over outputs of the data: 5 % have less than `low`, and 5 % more than `high`. */
interface Spread {
  readonly low: readonly Statistic[];
  readonly high: readonly Statistic[];
}

const [LOW, HIGH] = [0.05, 0.95];

/**
 * Returns the 5 % and 95 % quantiles of each statistic. `each` has the statistics of every output; an output may lack
 * some.
 */
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
  const [{ name }] = all;
  const kind = kindOf(all[0]);
  const records = all.map(numbersOf);
  const labels = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const named = labels.map((label): [string, number] => {
    // An absent label of shares is 0; an absent label of other numbers is unknown.
    const numbers = records.flatMap((record) => record[label] ?? (kind === 'shares' ? 0 : []));
    return [label, quantileAt(numbers, quantile)];
  });
  const numbers = Object.fromEntries(named);
  return { name, [kind]: kind === 'value' ? numbers[''] : numbers } as unknown as Statistic; // of that kind
}

function kindOf(statistic: Statistic): ComparedStatistic['kind'] {
  return 'value' in statistic ? 'value' : 'values' in statistic ? 'values' : 'shares';
}

/** Returns a quantile, 0 to 1, of numbers in any order. It is interpolated between the two nearest numbers. */
function quantileAt(numbers: readonly number[], quantile: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * quantile;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** Number and length of the samples. */
export interface CompareOptions {
  /** Number of outputs. */
  readonly count: number;
  /** Maximum number of tokens of each output; unless given, as many as fit into the context. */
  readonly sampleTokens?: number;
}

/**
 * Samples outputs and compares their statistics with the statistics of the data. If outputs answer prompts, the
 * prompts come from the data; otherwise outputs have no prompt. The app's output rules apply with the defaults of
 * `sample`.
 *
 * @returns `undefined` for an app without statistics.
 */
export async function compareSamples(
  { app, output }: Pick<DomainCall<object>, 'app' | 'output'>,
  { domain, model }: OpenModel,
  data: Pick<EvaluationData, 'examples' | 'prompts'>,
  { count, sampleTokens }: CompareOptions,
): Promise<Comparison | undefined> {
  const statistics = statisticsFeature.of(app);
  if (!statistics) return undefined;
  const { contextLength } = model.config;
  const { stopTokens } = domain;
  const prompts = await data.prompts(count);
  const longest = Math.max(...prompts.map(({ tokens }) => tokens.length));
  const maxNewTokens = sampleTokens ?? contextLength - longest + 1; // the last token is not fed to the model
  const options = {
    maxNewTokens,
    count: Math.ceil(count / prompts.length),
    stopTokens,
    grammar: outputGrammar(app, domain, maxNewTokens),
  };
  const written = Array.from({ length: options.count * prompts.length }, (): number[] => []);
  let ended = 0;
  for await (const event of generate(model, prompts, options)) {
    if (event.kind === 'token') written[event.sequence].push(event.token);
    if (event.kind === 'end') output.progress(`sampling: ${++ended} of ${written.length}`);
  }
  const outputs: unknown[] = [];
  for await (const example of data.examples()) {
    outputs.push(domain.decodeOutput(Array.from(domain.encodeExample(example).tokens)));
  }
  output.progress('comparing samples with the data');
  return {
    samples: statistics(
      written.map((tokens) => domain.decodeOutput(tokens)),
      outputs,
    ),
    data: statistics(outputs, outputs),
    spread: spreadOf(outputs.map((each) => statistics([each], outputs))),
  };
}
