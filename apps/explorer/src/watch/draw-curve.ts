import type { LogEntry } from '@ramble/runs';
import uPlot from 'uplot';

import { formatValue } from '../state/format.js';
import {
  columnExtremes,
  columnMeans,
  type ColumnOptions,
  columnPlaces,
  type ColumnValues,
  type Measured,
  runColour,
  type Span,
  type Time,
} from './column-values.js';

/** A run with its log. */
export interface DrawnRun {
  readonly run: string;
  readonly entries: readonly LogEntry[];
}

/** Settings and callbacks of a curve. */
export interface CurveOptions {
  readonly measure: Measured;
  readonly isLog: boolean;
  readonly time: Time;
  /** Number of runs. */
  readonly count: number;
  /**
   * Called with the time under the pointer and its position in CSS pixels; with `undefined` if the pointer
   * has left.
   */
  readonly onPoint: (at: number | undefined, left: number) => void;
  /** Called with the selected part of the axis; with `undefined` for the whole. */
  readonly onZoom: (span: Span | undefined) => void;
}

/** A drawing of one quantity's curves. */
export interface Curve {
  /** Draws the given logs, in the given part of the horizontal axis. */
  show(runs: readonly DrawnRun[], span: Span): void;
  /** Changes the width, in CSS pixels. */
  resize(width: number): void;
  /** Moves the cursor by a fraction of the width. */
  move(share: number): void;
  remove(): void;
}

/** Number of mean values in a smoothed loss curve. */
const SMOOTH_COUNT = 40;
/** Space in CSS pixels for the labels of the vertical axis, and at the right. */
const [LEFT, RIGHT] = [56, 20];
/** Width of a column in CSS pixels; a curve has two values in each. */
const COLUMN = 2;
/** Maximum number of validations that are drawn as dots. */
const MAX_DOTS = 40;

/**
 * Draws a quantity of the given runs: losses pale, smoothed in colour, and dotted for validation.
 */
export function drawCurve(box: HTMLElement, options: CurveOptions): Curve {
  const { measure, onPoint, onZoom } = options;
  let [runs, span]: [readonly DrawnRun[], Span] = [[], { from: 0, to: 1 }];
  const plot = new uPlot(
    {
      ...layout(box, options, () => span),
      hooks: {
        setCursor: [
          (self) => {
            const { left = -1 } = self.cursor;
            onPoint(left < 0 ? undefined : self.posToVal(left, 'x'), LEFT + left);
          },
        ],
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width === 0) return;
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            onZoom({ from: self.posToVal(left, 'x'), to: self.posToVal(left + width, 'x') });
          },
        ],
      },
    },
    [[]],
    box,
  );
  const draw = () => plot.setData(dataOf(runs, measure, options.time, span, plot.width));
  return {
    show: (shown, part) => {
      [runs, span] = [shown, part];
      draw();
    },
    resize: (width) => {
      plot.setSize({ width, height: plot.height });
      draw();
    },
    move: (share) => {
      const { width, height } = plot.over.getBoundingClientRect();
      const before = Math.max(0, plot.cursor.left ?? 0);
      const left = Math.min(Math.max(before + share * width, 0), width - 1);
      plot.setCursor({ left, top: height / 2 });
    },
    remove: () => plot.destroy(),
  };
}

const LOGARITHMIC: uPlot.Scale = {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum has no values at run time
  distr: 3,
  range: (_, min: number | null, max: number | null) => [(min ?? 1) / 1.05, (max ?? 10) * 1.05],
};

function layout(
  box: HTMLElement,
  { measure, isLog, time, count, onZoom }: CurveOptions,
  span: () => Span,
): uPlot.Options {
  const isLoss = measure === 'loss';
  const ink = getComputedStyle(box).color;
  const axis = { stroke: ink, ticks: { show: false }, font: '12px system-ui' };
  return {
    width: Math.max(200, box.clientWidth),
    height: isLoss ? 300 : 190,
    padding: [8, RIGHT, 0, 0],
    pxAlign: false,
    scales: {
      x: { time: false, range: () => [span().from, span().to] },
      y: isLoss && isLog ? LOGARITHMIC : { range: (_, min, max) => yRange(min, max, isLoss) },
    },
    axes: [
      {
        ...axis,
        label: time === 'step' ? 'step' : 'seconds',
        labelSize: 18,
        labelFont: axis.font,
        size: 28,
        grid: { show: false },
      },
      {
        ...axis,
        size: LEFT,
        grid: { stroke: `color-mix(in srgb, ${ink} 18%, transparent)`, width: 1 },
        values: (_, splits: (number | null)[]) =>
          splits.map((value) => (value === null ? '' : formatValue(value))),
      },
    ],
    series: [{}, ...Array.from({ length: count }, (_, place) => seriesOf(place, isLoss)).flat()],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      sync: { key: 'curves' },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      bind: { dblclick: () => () => (onZoom(undefined), null) },
    },
  };
}

/** Returns the series of a run: a line; for losses, a pale line, their means, and validations. */
function seriesOf(place: number, isLoss: boolean): uPlot.Series[] {
  const stroke = runColour(place);
  const line = { stroke, spanGaps: true, points: { show: false } };
  if (!isLoss) return [{ ...line, width: 1 }];
  return [
    { ...line, stroke: `${stroke}4d`, width: 1 },
    { ...line, width: 1.8, ...(uPlot.paths.spline && { paths: uPlot.paths.spline() }) },
    { ...line, width: 1.5, dash: [4, 3], points: { show: hasFew, size: 5, fill: stroke } },
  ];
}

function hasFew(self: uPlot, series: number, first: number, last: number): boolean {
  const values = Array.from(self.data[series] ?? []).slice(first, last + 1);
  return values.filter((value) => value !== undefined).length <= MAX_DOTS;
}

function yRange(min: number | null, max: number | null, isLoss: boolean): uPlot.Range.MinMax {
  if (min === null || max === null) return [0, 1];
  return uPlot.rangeNum(isLoss ? min : Math.min(0, min), max, 0.05, true);
}

function dataOf(
  runs: readonly DrawnRun[],
  measure: Measured,
  time: Time,
  span: Span,
  width: number,
): uPlot.AlignedData {
  const columns = Math.max(1, Math.round((width - LEFT - RIGHT) / COLUMN));
  // Half a screen more on both sides, so that lines continue beyond the screen.
  const room = (span.to - span.from) / 2;
  const wide = { from: span.from - room, to: span.to + room };
  const options: ColumnOptions = { measure, time, span: wide, columns: 2 * columns };
  const values = runs.flatMap(({ entries }): ColumnValues[] => {
    const extremes = columnExtremes(entries, options);
    if (measure !== 'loss') return [extremes];
    return [
      extremes,
      columnMeans(entries, options, 2 * SMOOTH_COUNT),
      columnExtremes(entries, { ...options, measure: 'validationLoss' }),
    ];
  });
  return [columnPlaces(wide, 2 * columns), ...values];
}

/** Returns the part of the horizontal axis that logs cover. */
export function wholeSpan(runs: readonly DrawnRun[], time: Time): Span {
  const ends = runs.flatMap(({ entries }) => {
    const times = entries.flatMap((entry) => entry[time] ?? []);
    return [times.at(0) ?? [], times.at(-1) ?? []].flat();
  });
  if (ends.length === 0) return { from: 0, to: 1 };
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  return { from, to: to > from ? to : from + 1 };
}

/**
 * Returns a part of the axis whose width is scaled by a factor, at most the whole axis.
 *
 * @param around - Fixed point of the scaling; by default the middle of the part.
 */
export function narrowed(
  { from, to }: Span,
  around = (from + to) / 2,
  factor: number,
  whole: Span,
): Span | undefined {
  const part = { from: around + (from - around) * factor, to: around + (to - around) * factor };
  const inside = { from: Math.max(part.from, whole.from), to: Math.min(part.to, whole.to) };
  const isWhole = inside.from === whole.from && inside.to === whole.to;
  return isWhole ? undefined : inside;
}
