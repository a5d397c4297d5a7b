import type { LogEntry } from '@ramble/runs';

import type { ChartOptions, Line, Point } from './line-chart.js';
import { CHART_COLOURS } from './palette.js';
import { responsiveChart } from './responsive-chart.js';
import { smooth } from './smooth.js';

/** A chart with its caption. */
export interface Figure {
  readonly title: string;
  /** HTML with SVG in it. */
  readonly chart: string;
  /** Lines of the legend; empty if the chart has a single line. */
  readonly lines: readonly Pick<Line, 'name' | 'colour'>[];
}

/** More points than this cannot be told apart. */
const MAX_POINTS = 1000;
/** Share of the curve on each side that a point of the smoothed one averages over. */
const SMOOTHING = 1 / 50;

/**
 * The curves of a run's log; none of what was not logged.
 *
 * @param scoreName - Name of the validation outputs' score: `BLEU`.
 */
export function logCharts(log: readonly LogEntry[], scoreName = 'score'): Figure[] {
  const scores = { ...lineOf(log, 'validationScore'), dots: true };
  const figures = [
    figure('Loss', lossLines(log), { yLabel: 'nats per token', mayBeLog: true }),
    figure(`${upperFirst(scoreName)} of the validation outputs`, [scores], {
      yLabel: `${scoreName}, higher is better`,
      height: 220,
    }),
    figure('Learning rate', [lineOf(log, 'learningRate')], {
      yLabel: 'learning rate',
      height: 190,
    }),
    figure('Gradient norm', [lineOf(log, 'gradientNorm')], {
      yLabel: 'norm before clipping',
      mayBeLog: true,
      height: 190,
    }),
  ];
  return figures.filter((each) => each !== undefined);
}

function figure(
  title: string,
  lines: readonly Line[],
  options: Omit<ChartOptions, 'xLabel'>,
): Figure | undefined {
  const drawn = lines.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return undefined;
  return {
    title,
    chart: responsiveChart(drawn, { xLabel: 'step', ...options }),
    lines: drawn.length > 1 ? drawn.filter(({ pale }) => !pale) : [],
  };
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
    { name: 'training', colour: CHART_COLOURS.first, points: thin(training), pale: true },
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
  return { name: field, colour: CHART_COLOURS.first, points: thin(pointsOf(log, field)) };
}

function pointsOf(log: readonly LogEntry[], field: keyof LogEntry): Point[] {
  return log.flatMap((entry) => {
    const y = entry[field];
    return y === undefined ? [] : [{ x: entry.step, y }];
  });
}

/** Every n-th point, and the last. */
function thin(points: readonly Point[]): Point[] {
  const every = Math.ceil(points.length / MAX_POINTS);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}
