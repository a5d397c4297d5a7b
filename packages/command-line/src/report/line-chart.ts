import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

import { logTicks } from './log-ticks.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly name: string;
  /** A colour in the syntax of CSS. */
  readonly colour: string;
  readonly points: readonly Point[];
  /** Thin and pale, for what another line shows better. */
  readonly pale?: boolean;
  /** Marks every point, for lines that have few. */
  readonly dots?: boolean;
}

export interface ChartOptions {
  readonly xLabel: string;
  readonly yLabel: string;
  /** Uses a logarithmic axis if the values differ by more than a factor of 2.5. */
  readonly mayBeLog?: boolean;
  /** Width in pixels, the unit of all sizes of a chart. */
  readonly width?: number;
  readonly height?: number;
  readonly fontSize?: number;
  /** Marks on the horizontal axis when it is logarithmic. */
  readonly xTicks?: readonly number[];
  /** Names the lines in the picture and gives it a white background, so that it can be a file by itself. */
  readonly standsAlone?: boolean;
}

const LOG_FACTOR = 2.5;
/** Height of an axis for each of its numbers. */
const TICK_SPACING = 40;

/** Lines over a common axis, as SVG that needs nothing else. */
export function lineChart(
  lines: readonly Line[],
  {
    xLabel,
    yLabel,
    mayBeLog = false,
    width = 860,
    height = 340,
    fontSize = 12,
    xTicks,
    standsAlone = false,
  }: ChartOptions,
): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const isLog = mayBeLog && low > 0 && high / low > LOG_FACTOR;
  const chart = Plot.plot({
    document,
    width,
    height,
    marginLeft: 5.5 * fontSize,
    marginTop: 2.5 * fontSize,
    marginBottom: 3.5 * fontSize, // numbers, and the label below them
    grid: true,
    style: {
      fontSize: `${fontSize}px`,
      ...(standsAlone ? { background: 'white', color: '#222' } : { background: 'none' }),
    },
    x: xTicks
      ? { label: xLabel, type: 'log', ticks: [...xTicks], tickFormat: String }
      : { label: xLabel, zero: true },
    y: isLog
      ? {
          label: `${yLabel}, logarithmic`,
          type: 'log',
          ticks: logTicks(low, high, Math.floor(height / TICK_SPACING)),
          tickFormat: String,
        }
      : { label: yLabel, nice: true },
    marks: [...lines.flatMap(marksOf), ...(standsAlone ? legendOf(lines) : [])],
  });
  return chart.outerHTML;
}

function marksOf({ points, colour, pale = false, dots = false }: Line): Plot.Markish[] {
  const place = { x: 'x', y: 'y' } as const;
  const line = Plot.line(points, {
    ...place,
    stroke: colour,
    strokeWidth: pale ? 1 : 2,
    strokeOpacity: pale ? 0.3 : 1,
  });
  return dots ? [line, Plot.dot(points, { ...place, fill: colour, r: 3 })] : [line];
}

/** The names of the lines in their colours, below one another in the upper right corner. */
function legendOf(lines: readonly Line[]): Plot.Markish[] {
  const colours = new Map(lines.map(({ name, colour }) => [name, colour]));
  return Array.from(colours, ([name, fill], i) =>
    Plot.text([`● ${name}`], {
      frameAnchor: 'top-right',
      text: [`● ${name}`],
      dx: -8,
      dy: 8 + 18 * i,
      fill,
    }),
  );
}
