import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly name: string;
  /** As CSS has it. */
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
  /** Takes a logarithmic axis where the values differ by more than a factor of 2.5. */
  readonly mayBeLog?: boolean;
  readonly height?: number;
  /** Where the axis below is logarithmic, what is marked on it. */
  readonly xTicks?: readonly number[];
}

const LOG_FACTOR = 2.5;

/** Lines over a common axis, as SVG that needs nothing else. */
export function lineChart(
  lines: readonly Line[],
  { xLabel, yLabel, mayBeLog = false, height = 340, xTicks }: ChartOptions,
): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const isLog = mayBeLog && low > 0 && high / low > LOG_FACTOR;
  const chart = Plot.plot({
    document,
    width: 860,
    height,
    marginLeft: 56,
    grid: true,
    style: { fontSize: '12px', background: 'none' },
    x: xTicks
      ? { label: xLabel, type: 'log', ticks: [...xTicks], tickFormat: String }
      : { label: xLabel, zero: true },
    y: isLog ? { label: yLabel, type: 'log', tickFormat: logTick } : { label: yLabel, nice: true },
    marks: lines.flatMap(marksOf),
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

/** Numbers at 1, 2, 3 and 5 times a power of ten only, so that they do not run into each other. */
function logTick(value: number): string {
  const leading = Number(value.toExponential(0).charAt(0));
  return [1, 2, 3, 5].includes(leading) ? String(Number(value.toPrecision(2))) : '';
}
