import { type AnyApp, checkSettings, modelConfig, trainingConfig } from '@ramble/core';
import { counted } from '@ramble/core/files';
import {
  CHART_COLOURS,
  type Figure,
  type Line,
  type Point,
  reportPage,
  type ReportSample,
  type SettingGroup,
} from '@ramble/explorer/pages';
import { type LogEntry, readLog, type Run } from '@ramble/runs';

import { formatCount, formatDuration, formatShare } from '../format/format-number.js';
import { settingWords } from '../verb/flag.js';

export { comparisonPage } from '@ramble/explorer/pages'; // loaded with the report, when a page is written

/** The processes that trained together. */
interface ReportedRanks {
  /** Name of each process's machine, by rank. */
  readonly hosts: readonly string[];
  /** Fraction of the time that the first process waited for sums over all processes, 0 to 1. */
  readonly waitedShare: number;
}

/** The results of a training. */
export interface ReportedTraining {
  readonly step: number;
  readonly bestLoss?: number;
  readonly bestStep?: number;
  readonly parameters: number;
  readonly tokensSeen: number;
  /** Seconds of training, including the time before each `--resume`. */
  readonly elapsedSeconds: number;
  /** The processes that trained together; absent for a single process. */
  readonly ranks?: ReportedRanks;
  readonly samples: readonly ReportSample[];
}

/** The training that a report describes. */
export interface ReportSubject {
  readonly app: Pick<AnyApp, 'options'>;
  readonly run: Run;
  /** Name of the validation outputs' score, if they are scored. */
  readonly scoreName?: string;
}

/** Writes a run's report.html: curves, samples and settings. */
export async function writeReport(
  { app, run: { storage, description }, scoreName }: ReportSubject,
  training: ReportedTraining,
): Promise<void> {
  const { domain, model, training: config, data, engine } = description;
  const { bestLoss, bestStep = 0, samples, ranks } = training;
  const best: Record<string, string> =
    bestLoss === undefined
      ? {}
      : { 'best validation loss': `${bestLoss.toFixed(4)} at step ${formatCount(bestStep)}` };
  const options = splitSettings({ ...domain.options }, (given) =>
    checkSettings<Record<string, unknown>>(app.options, given),
  );
  const page = reportPage({
    title: lastPart(storage.name),
    subtitle: `ramble ${domain.name} · ${Object.values(data)
      .map(({ path }) => lastPart(path))
      .join(', ')}`,
    facts: {
      ...best,
      parameters: formatCount(training.parameters),
      steps:
        formatCount(training.step) +
        (config.maxSteps === 0 ? '' : ` of ${formatCount(config.maxSteps)}`),
      'tokens seen': formatCount(training.tokensSeen),
      time: formatDuration(training.elapsedSeconds),
      engine,
      ...(ranks && { ranks: describeRanks(ranks) }),
    },
    figures: logFigures(await readLog(storage, () => undefined), scoreName),
    samples,
    settings: {
      Model: splitSettings(model, modelConfig),
      Training: splitSettings(config, trainingConfig),
      Domain: {
        chosen: { name: domain.name, ...options.chosen, fingerprint: domain.fingerprint },
        defaults: options.defaults,
      },
    },
    data,
  });
  await storage.writeText('report.html', page);
}

function lastPart(path: string): string {
  return (
    path
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? path
  );
}

/** Describes ranks in a phrase: `4 ranks on ant, bee, 3.1 % of the time waiting for sums`. */
export function describeRanks({ hosts, waitedShare }: ReportedRanks): string {
  const machines = [...new Set(hosts)].join(', ');
  const waited = formatShare(waitedShare);
  return `${counted(hosts.length, 'rank')} on ${machines}, ${waited} of the time waiting for sums`;
}

/**
 * Separates chosen settings from those at their defaults. A setting is at its default if `complete` fills in the same
 * value from the other settings; so a default that depends on other settings counts too.
 *
 * @param complete - Fills in missing settings; may throw if it cannot.
 */
export function splitSettings<Config extends object>(
  config: Config,
  complete: (given: Partial<Config>) => Config,
): SettingGroup {
  const chosen: Record<string, unknown> = {};
  const defaults: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(config)) {
    const others = { ...config, [name]: undefined };
    (valueWithout(others, name, complete) === value ? defaults : chosen)[name] = value;
  }
  return { chosen: settingWords(chosen), defaults: settingWords(defaults) };
}

function valueWithout<Config extends object>(
  others: Partial<Config>,
  name: string,
  complete: (given: Partial<Config>) => Config,
): unknown {
  try {
    return Reflect.get(complete(others), name);
  } catch {
    return undefined; // it is required, or the other settings contradict its default
  }
}

/** Maximum number of points that can be distinguished in a chart. */
const MAX_POINTS = 1000;
/** Fraction of a curve's points over which a smoothed point averages on each side. */
const SMOOTHING = 1 / 50;

/**
 * Returns charts of the values in a run's log, such as the loss. A value that was never logged has no chart.
 *
 * @param scoreName - Name of the validation outputs' score: `BLEU`.
 */
export function logFigures(log: readonly LogEntry[], scoreName = 'score'): Figure[] {
  const scores = { ...lineOf(log, 'validationScore'), dots: true };
  return [
    ...figure('Loss', lossLines(log), { yLabel: 'nats per token', mayBeLog: true }),
    ...figure(`${upperFirst(scoreName)} of the validation outputs`, [scores], {
      yLabel: `${scoreName}, higher is better`,
      height: 220,
    }),
    ...figure('Learning rate', [lineOf(log, 'learningRate')], {
      yLabel: 'learning rate',
      height: 190,
    }),
    ...figure('Gradient norm', [lineOf(log, 'gradientNorm')], {
      yLabel: 'norm before clipping',
      mayBeLog: true,
      height: 190,
    }),
  ];
}

function figure(
  title: string,
  lines: readonly Line[],
  options: Omit<Figure, 'title' | 'lines' | 'xLabel'>,
): Figure[] {
  const drawn = lines.filter(({ points }) => points.length > 0);
  return drawn.length === 0 ? [] : [{ title, lines: drawn, xLabel: 'step', ...options }];
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lossLines(log: readonly LogEntry[]): Line[] {
  const training = pointsOf(log, 'loss');
  const averages = smooth(
    training.map(({ y }) => y),
    training.length * SMOOTHING,
  );
  const smoothed = training.map(({ x }, i) => ({ x, y: averages[i] }));
  return [
    { colour: CHART_COLOURS.first, points: thin(training), pale: true },
    { name: 'training, smoothed', colour: CHART_COLOURS.first, points: thin(smoothed) },
    {
      name: 'validation',
      colour: CHART_COLOURS.second,
      points: thin(pointsOf(log, 'validationLoss')),
      dots: true,
    },
  ];
}

function lineOf(log: readonly LogEntry[], field: keyof LogEntry): Line {
  return { colour: CHART_COLOURS.first, points: thin(pointsOf(log, field)) };
}

function pointsOf(log: readonly LogEntry[], field: keyof LogEntry): Point[] {
  return log.flatMap((entry) => {
    const y = entry[field];
    return y === undefined ? [] : [{ x: entry.step, y }];
  });
}

/** Returns every n-th point and the last one, so that about `MAX_POINTS` points are left. */
function thin(points: readonly Point[]): Point[] {
  const every = Math.ceil(points.length / MAX_POINTS);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

/**
 * Computes a moving average over equally many values before and after, fewer near the ends, so that a linear trend is
 * unchanged.
 *
 * @param reach - Number of values on each side.
 */
export function smooth(values: readonly number[], reach: number): number[] {
  return values.map((_, i) => {
    const side = Math.min(Math.floor(reach), i, values.length - 1 - i);
    const near = values.slice(i - side, i + side + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}
