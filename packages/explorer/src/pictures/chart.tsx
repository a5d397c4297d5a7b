import type { JSX } from 'preact';

/** Colours of lines in charts. They are visible on light and dark backgrounds, and differ even if printed in grey. */
export const CHART_COLOURS = { first: '#4269d0', second: '#d9480f', faint: '#888888' } as const;

/** Minimum width of the window, in pixels, in which the wide drawing of a chart is shown. */
const WIDE_FROM = 720;

/** Size of a drawing, in pixels. */
export interface ChartSize {
  readonly width: number;
  readonly fontSize: number;
}

const WIDE: ChartSize = { width: 780, fontSize: 13 };
const NARROW: ChartSize = { width: 320, fontSize: 12.5 };

/**
 * CSS of charts. Each chart has a wide and a narrow drawing (`Twice`); only the one for the window's width is shown.
 */
export const CHART_STYLE = `
.chart svg { display: block; width: 100%; max-width: none; height: auto; fill: currentcolor; }
.chart .narrow { max-width: 480px; }
@media (min-width: ${WIDE_FROM}px) { .chart .narrow { display: none; } }
@media not all and (min-width: ${WIDE_FROM}px) { .chart .wide { display: none; } }
.axis path { stroke: var(--line); }
.legend { margin: 0 0 .25rem; font-size: .85rem; }
.legend span { margin-right: 1.25rem; }
.legend i { display: inline-block; width: 1.5em; height: .2em; margin-right: .4em; vertical-align: middle; }
`;

/**
 * Draws a chart twice, for a phone and for a larger window. Text in SVG shrinks with its picture, so a single
 * drawing would be illegible at 400 pixels.
 */
export function Twice(props: { readonly draw: (size: ChartSize) => JSX.Element }): JSX.Element {
  return (
    <div class="chart">
      <div class="wide">{props.draw(WIDE)}</div>
      <div class="narrow">{props.draw(NARROW)}</div>
    </div>
  );
}

/** Margin to the right of a chart, in pixels. */
export const RIGHT = 20;

interface AxisProps {
  readonly axis: Axis;
  /** Start of the grid lines at the axis's ticks, in pixels. */
  readonly from: number;
  /** End of the grid lines, in pixels. */
  readonly to: number;
  readonly label: string;
  /** Font size in pixels. */
  readonly size: number;
}

/** A horizontal axis with its numbers and label below it. */
export function XAxis({
  axis,
  from,
  to,
  label,
  size,
  end,
}: AxisProps & { end: number }): JSX.Element {
  return (
    <g class="axis" aria-label="x-axis" text-anchor="middle">
      <path d={axis.ticks.map((tick) => `M${round(axis.at(tick))} ${from}V${to}`).join('')} />
      {axis.ticks.map((tick) => (
        <text x={round(axis.at(tick))} y={round(to + 1.4 * size)}>
          {numberText(tick)}
        </text>
      ))}
      <text x={end - RIGHT} y={round(to + 3 * size)} text-anchor="end">
        {label}
      </text>
    </g>
  );
}

/** A vertical axis with its numbers on the left and its label above it. */
export function YAxis({ axis, from, to, label, size }: AxisProps): JSX.Element {
  return (
    <g class="axis" aria-label="y-axis" text-anchor="end">
      <path d={axis.ticks.map((tick) => `M${from} ${round(axis.at(tick))}H${to}`).join('')} />
      {axis.ticks.map((tick) => (
        <text x={round(from - 0.5 * size)} y={round(axis.at(tick) + 0.35 * size)}>
          {numberText(tick)}
        </text>
      ))}
      <text x={2} y={round(1.1 * size)} text-anchor="start">
        {label}
      </text>
    </g>
  );
}

function numberText(value: number): string {
  return Math.abs(value) >= 1e4 ? value.toLocaleString('en-US') : String(value);
}

/** Rounds pixels to one decimal place, which keeps the SVG small. */
export function round(pixels: number): number {
  return Number(pixels.toFixed(1));
}

/** A scale from values to pixels, and the values that its axis marks. */
export interface Axis {
  readonly ticks: readonly number[];
  /** Returns the position of a value in pixels. */
  readonly at: (value: number) => number;
}

/** Pixels at both ends of an axis; the second may be smaller. */
type Pixels = readonly [from: number, to: number];

/**
 * Makes a linear axis with ticks at round values.
 *
 * @param most - Maximum number of ticks.
 * @param isNice - Whether the axis extends to a tick at both ends.
 */
export function linearAxis(
  values: readonly number[],
  pixels: Pixels,
  most: number,
  isNice: boolean,
): Axis {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high)
    [low, high] = [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((multiple) => multiple * power >= rough) ?? 10);
  const [first, last] = isNice
    ? [Math.floor(low / step), Math.ceil(high / step)]
    : [Math.ceil(low / step), Math.floor(high / step)];
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
  if (isNice) [low, high] = [first * step, last * step];
  return { ticks, at: interpolated(low, high, pixels) };
}

/** Makes a logarithmic axis of positive values. */
export function logAxis(values: readonly number[], pixels: Pixels, ticks: readonly number[]): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(Math.log);
  const linear = interpolated(low, high, pixels);
  return { ticks, at: (value) => linear(Math.log(value)) };
}

function interpolated(low: number, high: number, [from, to]: Pixels): (value: number) => number {
  return (value) => from + ((to - from) * (value - low)) / (high - low || 1);
}

/** Multiples of a power of ten that an axis may mark, from few to many. */
const LADDERS = [[1], [1, 3], [1, 2, 5], [1, 2, 3, 5], [1, 1.5, 2, 3, 4, 5, 7]];

/**
 * Returns the ticks of a logarithmic axis: round values between `low` and `high`, as many as fit with their
 * labels.
 *
 * @param most - Maximum number of ticks.
 */
export function logTicks(low: number, high: number, most: number): number[] {
  const [first, last] = [low, high].map((value) => Math.floor(Math.log10(value)));
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const between = (ladder: readonly number[], some: readonly number[]): number[] =>
    some
      .flatMap((power) => ladder.map((multiple) => Number(`${multiple}e${power}`)))
      .filter((value) => value >= low && value <= high);
  const fitting = LADDERS.map((ladder) => between(ladder, powers)).filter(
    (ticks) => ticks.length <= most,
  );
  const densest = fitting.at(-1);
  if (densest) return densest;
  const every = Math.ceil(powers.length / most);
  return between(
    [1],
    powers.filter((_, i) => i % every === 0),
  );
}
