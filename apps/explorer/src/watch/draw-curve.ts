import uPlot from 'uplot';

import { formatValue } from '../state/format.js';
import {
  columnExtremes,
  columnPlaces,
  type ColumnValues,
  runColour,
  runDash,
} from './column-values.js';
import {
  type DrawnRun,
  type Measured,
  type Points,
  pointsOf,
  type Scales,
  smoothed,
  type Span,
  usualRange,
} from './curve-points.js';

/** Content of a picture of curves. */
interface Drawing {
  readonly runs: readonly DrawnRun[];
  /** Part of the horizontal axis. */
  readonly span: Span;
  /** Weight of the moving average that smooths losses. */
  readonly smoothing: number;
  /** Whether the vertical axis leaves out the smallest and the largest values. */
  readonly leavesOutliers: boolean;
}

/** Settings and callbacks of a curve. */
export interface CurveOptions {
  readonly measure: Exclude<Measured, 'validationLoss'>;
  readonly isLog: boolean;
  readonly scales: Scales;
  /** Indices of the runs' colours. */
  readonly places: readonly number[];
  /**
   * Called with the value of the horizontal axis under the pointer, and the pointer's horizontal position in CSS
   * pixels; the value is `undefined` if the pointer has left.
   */
  readonly onPoint: (at: number | undefined, left: number) => void;
  /** Called with the selected part of the axis; with `undefined` for the whole. */
  readonly onZoom: (span: Span | undefined) => void;
}

/** A drawing of one quantity's curves. */
export interface Curve {
  show(drawing: Drawing): void;
  /** Makes all runs pale except the one with the given place; `undefined` for none. */
  highlight(place: number | undefined): void;
  /** Changes the width, in CSS pixels. */
  resize(width: number): void;
  /** Moves the cursor by a fraction of the width. */
  move(share: number): void;
  remove(): void;
}

/** Space in CSS pixels for the labels of the vertical axis, and at the right. */
const [LEFT, RIGHT] = [56, 20];
/** Width of a column in CSS pixels; a curve has two values in each. */
const COLUMN = 2;
/** Maximum number of validations that are drawn as dots. */
const MAX_DOTS = 40;

/**
 * Draws a quantity of the given runs: losses pale, smoothed losses in colour, and validation losses dotted.
 */
export function drawCurve(box: HTMLElement, options: CurveOptions): Curve {
  const { measure, onPoint, onZoom } = options;
  const state: DrawnState = {
    drawing: { runs: [], span: { from: 0, to: 1 }, smoothing: 0, leavesOutliers: false },
  };
  const plot = new uPlot(
    {
      ...layout(box, options, state),
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
  const draw = () => {
    const curves = curvesOf(state.drawing, measure, options.scales);
    const { leavesOutliers, span } = state.drawing;
    state.usual = leavesOutliers ? usualRange(curves.flat(), span) : undefined;
    plot.setData(dataOf(curves.flat(), span, plot.width));
  };
  return {
    show: (drawing) => {
      state.drawing = drawing;
      draw();
    },
    highlight: (place) => {
      if (state.highlighted === place) return;
      state.highlighted = place;
      plot.redraw(false);
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

/** State that a picture's callbacks read. */
interface DrawnState {
  drawing: Drawing;
  /** Range of the vertical axis without outliers; absent for all values. */
  usual?: readonly [min: number, max: number];
  /** Index of the highlighted run's colour. */
  highlighted?: number;
}

const AXIS_NAMES = { step: 'step', tokens: 'tokens', elapsedSeconds: 'seconds' } as const;

/** Height of a picture in CSS pixels; all have the same. */
const HEIGHT = 230;

function layout(
  box: HTMLElement,
  { measure, isLog, scales, places, onZoom }: CurveOptions,
  state: DrawnState,
): uPlot.Options {
  const isLoss = measure === 'loss';
  const ink = getComputedStyle(box).color;
  const axis = { stroke: ink, ticks: { show: false }, font: '12px system-ui' };
  const range = (_: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax => {
    const [low, high] = state.usual ?? [min, max];
    if (isLoss && isLog) return [(low ?? 1) / 1.05, (high ?? 10) * 1.05];
    return yRange(low, high, isLoss);
  };
  return {
    width: Math.max(200, box.clientWidth),
    height: HEIGHT,
    padding: [8, RIGHT, 0, 0],
    pxAlign: false,
    scales: {
      x: { time: false, range: () => [state.drawing.span.from, state.drawing.span.to] },
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum has no values at run time
      y: isLoss && isLog ? { distr: 3, range } : { range },
    },
    axes: [
      {
        ...axis,
        label: AXIS_NAMES[scales.axis],
        labelSize: 18,
        labelFont: axis.font,
        size: 28,
        grid: { show: false },
        values: (_, splits) => splits.map(formatPosition),
      },
      {
        ...axis,
        size: LEFT,
        grid: { stroke: `color-mix(in srgb, ${ink} 18%, transparent)`, width: 1 },
        values: (_, splits: (number | null)[]) =>
          splits.map((value) => (value === null ? '' : formatValue(value))),
      },
    ],
    series: [{}, ...places.flatMap((place) => seriesOf(place, isLoss, state))],
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

/** Formats a position on the horizontal axis: `400`, `25k`, `1.5M`. */
function formatPosition(value: number): string {
  return value.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 2 });
}

/** Returns the series of a run: a line; for losses, a pale line, its smoothed line, and validations. */
function seriesOf(place: number, isLoss: boolean, state: DrawnState): uPlot.Series[] {
  const colour = runColour(place);
  const isOther = () => state.highlighted !== undefined && state.highlighted !== place;
  const strong = () => (isOther() ? `${colour}26` : colour);
  const line = { stroke: strong, spanGaps: true, points: { show: false }, dash: runDash(place) };
  if (!isLoss) return [{ ...line, width: 1 }];
  return [
    { ...line, stroke: () => (isOther() ? `${colour}00` : `${colour}4d`), width: 1, dash: [] },
    { ...line, width: 1.8 },
    { ...line, width: 1.5, dash: [2, 3], points: { show: hasFew, size: 5, fill: strong } },
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

/** Returns the curves of each run, as `seriesOf` draws them. */
function curvesOf(
  { runs, smoothing }: Drawing,
  measure: CurveOptions['measure'],
  scales: Scales,
): Points[][] {
  return runs.map((run) => {
    const points = pointsOf(run, measure, scales);
    if (measure !== 'loss') return [points];
    return [points, smoothed(points, smoothing), pointsOf(run, 'validationLoss', scales)];
  });
}

function dataOf(curves: readonly Points[], span: Span, width: number): uPlot.AlignedData {
  const columns = Math.max(1, Math.round((width - LEFT - RIGHT) / COLUMN));
  // Half a screen more on both sides, so that lines continue beyond the screen.
  const room = (span.to - span.from) / 2;
  const wide = { from: span.from - room, to: span.to + room };
  const options = { span: wide, columns: 2 * columns };
  const values = curves.map((points): ColumnValues => columnExtremes(points, options));
  return [columnPlaces(wide, 2 * columns), ...values];
}
