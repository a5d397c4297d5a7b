import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

import { CHART_COLOURS } from '../../report/palette.js';
import type { ChartSize } from '../../report/responsive-chart.js';
import type { ComparedStatistic } from './comparison.js';

const HEIGHT = 260;
/** Height of the vertical names below the axis, for each of their characters. */
const CHARACTER_SHARE = 0.6;

/**
 * The numbers of a statistic as SVG: bars of the data, lines of what nine of ten outputs of the data have, and
 * dots of the samples over them.
 */
export function comparisonChart(
  { kind, numbers }: ComparedStatistic,
  { width, fontSize }: ChartSize,
): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const scale = kind === 'shares' ? 100 : 1;
  const points = numbers.map(({ label, samples, data, low, high }) => {
    const scaled = (number: number | undefined): number | undefined => number && number * scale;
    return {
      label,
      samples: scaled(samples),
      data: scaled(data),
      low: scaled(low),
      high: scaled(high),
    };
  });
  const longest = Math.max(...points.map(({ label }) => label.length));
  const names = Math.ceil(longest * CHARACTER_SHARE * fontSize) + fontSize;
  const chart = Plot.plot({
    document,
    width,
    height: HEIGHT + names,
    marginLeft: 4 * fontSize,
    marginBottom: names,
    style: { fontSize: `${fontSize}px`, background: 'none' },
    x: { label: null, domain: points.map(({ label }) => label), tickRotate: -90 },
    y: { label: kind === 'shares' ? '%' : null, grid: true, zero: true, nice: true },
    marks: [
      Plot.barY(points, { x: 'label', y: 'data', fill: CHART_COLOURS.faint, fillOpacity: 0.45 }),
      Plot.ruleX(points, { x: 'label', y1: 'low', y2: 'high', stroke: CHART_COLOURS.first }),
      Plot.dot(points, { x: 'label', y: 'samples', fill: CHART_COLOURS.second, r: 4 }),
      Plot.ruleY([0]),
    ],
  });
  return chart.outerHTML;
}
