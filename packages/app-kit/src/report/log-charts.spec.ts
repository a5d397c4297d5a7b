import type { LogEntry } from '@ramble/core';

import { logCharts } from './log-charts.js';

const log: LogEntry[] = Array.from({ length: 3000 }, (_, i) => ({
  step: i + 1,
  loss: 4 / (1 + i / 100),
  learningRate: 1e-3,
  ...((i + 1) % 1000 === 0 && { validationLoss: 2 }),
}));

/** Corners of the lines in a figure. */
const corners = (svg: string): number[] =>
  [...svg.matchAll(/ d="(M[^"]+)"/g)].map(([, path]) => path.split('L').length);

describe('logCharts', () => {
  it('draws what was logged, with a legend where lines share a chart', () => {
    const figures = logCharts(log);
    expect(figures.map(({ title }) => title)).toEqual(['Loss', 'Learning rate']);
    const [loss, learningRate] = figures;
    expect(loss.lines.map(({ name }) => name)).toEqual(['training, smoothed', 'validation']);
    expect(learningRate.lines).toEqual([]);
    expect(loss.svg.match(/<circle/g)).toHaveLength(3);
  });

  it('thins out long curves and keeps their ends', () => {
    expect(Math.max(...corners(logCharts(log)[0].svg))).toBe(1001);
  });

  it('takes a logarithmic axis where values differ much', () => {
    const axis = (losses: readonly number[]): string[] => {
      const [{ svg }] = logCharts(losses.map((loss, step) => ({ step, loss })));
      const labels = /aria-label="y-axis tick label"[^>]*>(.*?)<\/g>/s.exec(svg)?.[1] ?? '';
      return [...labels.matchAll(/>([\d.]+)</g)].map(([, label]) => label);
    };
    expect(axis([8, 4, 1])).toEqual(['1', '2', '3', '5']);
    expect(axis([2, 1.5, 1])).toContain('1.2');
  });

  it('has nothing to draw without a log', () => {
    expect(logCharts([])).toEqual([]);
  });
});
