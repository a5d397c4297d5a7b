import { type ChartOptions, type Line, lineChart } from './line-chart.js';

/** Widths of window from which on the wide drawing is shown. */
const WIDE_FROM = 720;
/** The two sizes of a chart. */
export const WIDE = { width: 780, fontSize: 13 };
export const NARROW = { width: 320, fontSize: 12.5 };

/** CSS of charts: of the two drawings of each one is shown, and fills the width of the page. */
export const CHART_STYLE = `
.chart svg { display: block; width: 100%; max-width: none; height: auto; }
.chart .narrow { max-width: 480px; }
@media (min-width: ${WIDE_FROM}px) { .chart .narrow { display: none; } }
@media not all and (min-width: ${WIDE_FROM}px) { .chart .wide { display: none; } }
`;

/**
 * A chart drawn twice, for a telephone and for a larger window: text in SVG shrinks with its picture, and
 * a single drawing for both would be illegible at 400 pixels.
 */
export function responsiveChart(lines: readonly Line[], options: ChartOptions): string {
  const [wide, narrow] = [WIDE, NARROW].map((size) => lineChart(lines, { ...options, ...size }));
  return `<div class="chart"><div class="wide">${wide}</div><div class="narrow">${narrow}</div></div>`;
}
