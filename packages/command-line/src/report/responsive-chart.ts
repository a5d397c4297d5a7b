import { type ChartOptions, type Line, lineChart } from './line-chart.js';

/** Widths of window from which on the wide drawing is shown. */
const WIDE_FROM = 720;

/** A size of a drawing, in pixels. */
export interface ChartSize {
  readonly width: number;
  readonly fontSize: number;
}

const WIDE: ChartSize = { width: 780, fontSize: 13 };
const NARROW: ChartSize = { width: 320, fontSize: 12.5 };

/** CSS of charts: of the two drawings of each one is shown, and fills the width of the page. */
export const CHART_STYLE = `
.chart svg { display: block; width: 100%; max-width: none; height: auto; }
.chart .narrow { max-width: 480px; }
@media (min-width: ${WIDE_FROM}px) { .chart .narrow { display: none; } }
@media not all and (min-width: ${WIDE_FROM}px) { .chart .wide { display: none; } }
`;

/** Lines over a common axis, for a telephone and for a larger window. */
export function responsiveChart(lines: readonly Line[], options: ChartOptions): string {
  return drawnTwice((size) => lineChart(lines, { ...options, ...size }));
}

/**
 * A chart drawn twice, for a telephone and for a larger window: text in SVG shrinks with its picture, and
 * a single drawing for both would be illegible at 400 pixels.
 *
 * @param draw - Draws it as SVG.
 */
export function drawnTwice(draw: (size: ChartSize) => string): string {
  const [wide, narrow] = [WIDE, NARROW].map(draw);
  return `<div class="chart"><div class="wide">${wide}</div><div class="narrow">${narrow}</div></div>`;
}
