import type { JSX } from 'preact';

import type { Axis } from './axis.js';

/** Minimum width of the window, in pixels, for the wide drawing. */
const WIDE_FROM = 720;

/** Size of a drawing, in pixels. */
export interface ChartSize {
  readonly width: number;
  readonly fontSize: number;
}

const WIDE: ChartSize = { width: 780, fontSize: 13 };
const NARROW: ChartSize = { width: 320, fontSize: 12.5 };

/** CSS of charts: one of the two drawings of a chart is shown, and fills the width of the page. */
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

/** Pixels to the right of a chart. */
export const RIGHT = 20;

interface AxisProps {
  readonly axis: Axis;
  /** Pixels between which the lines of the grid are drawn. */
  readonly from: number;
  readonly to: number;
  readonly label: string;
  /** Size of the text. */
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

/** Pixels with one digit, which keep a picture small. */
export function round(pixels: number): number {
  return Number(pixels.toFixed(1));
}
