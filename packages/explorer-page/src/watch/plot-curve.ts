import * as Plot from '@observablehq/plot';
import type { LogEntry } from '@ramble/runs';

import { formatValue } from '../state/format.js';
import { bucketPoints, type Measured, type Point } from './bucket-points.js';
import { RUN_COLOURS } from './run-colours.js';

/** A run with its log. */
export interface DrawnRun {
  readonly run: string;
  readonly entries: readonly LogEntry[];
}

/** How curves are drawn. */
export interface CurveOptions {
  readonly measure: Measured;
  readonly title: string;
  readonly isLog: boolean;
  readonly byTime: boolean;
  /** The width in CSS pixels. */
  readonly width: number;
}

/** One bucket takes so many pixels. */
const BUCKET_PIXELS = 4;
/** The smoothed loss has that many means. */
const SMOOTH_COUNT = 40;

/** Draws a quantity of several runs: losses pale, smoothed in colour, and dotted where they are validated. */
export function plotCurve(runs: readonly DrawnRun[], options: CurveOptions): Element {
  const { measure, title, isLog, byTime, width } = options;
  const isLoss = measure === 'loss';
  const drawn = runs.map((run, i) => curveOf(run, i, options));
  const tips = drawn.flatMap(({ points }) => points);
  const picture = Plot.plot({
    className: 'plot',
    width: Math.max(260, width),
    height: isLoss ? 300 : 190,
    marginLeft: 56,
    x: { label: byTime ? 'seconds' : 'step', nice: true },
    y: {
      label: null,
      grid: true,
      nice: true,
      ...(isLoss && isLog && { type: 'log' }),
      zero: !isLoss,
    },
    ariaLabel: `${title} of ${runs.map(({ run }) => run).join(', ')}`,
    marks: [
      ...drawn.flatMap(({ marks }) => marks),
      Plot.tip(tips, Plot.pointer({ x: 'x', y: 'y', title: 'title' })),
    ],
  });
  // The page's own style sheet has these rules: its policy allows no style inside a picture.
  for (const style of picture.querySelectorAll('style')) style.remove();
  // A picture is one thing to a screen reader, and its parts have no names of their own.
  for (const part of picture.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  picture.setAttribute('role', 'img');
  return picture;
}

function curveOf({ run, entries }: DrawnRun, place: number, options: CurveOptions) {
  const { measure, byTime, width } = options;
  const time = byTime ? 'elapsedSeconds' : 'step';
  const stroke = RUN_COLOURS[place % RUN_COLOURS.length];
  const line = { x: 'x', y: 'y', stroke };
  const { extremes, means } = bucketPoints(entries, measure, time, width / BUCKET_PIXELS);
  const titled = means.map((point) => ({ ...point, title: titleOf(run, point, byTime) }));
  if (measure !== 'loss') {
    return { points: titled, marks: [Plot.lineY(extremes, { ...line, strokeWidth: 1.4 })] };
  }
  const validated = entries.flatMap((entry): Point[] => {
    const [x, y] = [entry[time], entry.validationLoss];
    return x === undefined || y === undefined ? [] : [{ x, y }];
  });
  const marks = [
    Plot.lineY(extremes, { ...line, strokeOpacity: 0.3, strokeWidth: 1 }),
    Plot.lineY(bucketPoints(entries, measure, time, SMOOTH_COUNT).means, {
      ...line,
      strokeWidth: 1.8,
      curve: 'monotone-x',
    }),
    Plot.lineY(validated, { ...line, strokeDasharray: '4 3' }),
    Plot.dot(validated, { x: 'x', y: 'y', fill: stroke, r: 2.6 }) as Plot.Markish,
  ];
  return { points: titled, marks };
}

function titleOf(run: string, { x, y }: Point, byTime: boolean): string {
  const at = byTime ? `after ${Math.round(x)} s` : `at step ${Math.round(x)}`;
  return `${run}\n${formatValue(y)} ${at}`;
}
