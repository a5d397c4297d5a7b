import type { LogEntry } from '@ramble/runs';

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
    expect(loss.chart.match(/<circle/g)).toHaveLength(2 * 3); // drawn wide and narrow
  });

  it('thins out long curves and keeps their ends', () => {
    expect(Math.max(...corners(logCharts(log)[0].chart))).toBe(1001);
  });

  it('takes a logarithmic axis where values differ much', () => {
    const axis = (losses: readonly number[], isLog: boolean): string[] => {
      const [{ chart }] = logCharts(losses.map((loss, step) => ({ step, loss })));
      const part = (name: string): string =>
        new RegExp(`aria-label="y-axis ${name}"[^>]*>(.*?)</g>`, 's').exec(chart)?.[1] ?? '';
      const labels = [...part('tick label').matchAll(/>([\d.]+)</g)].map(([, label]) => label);
      expect(part('tick').match(/<path/g)).toHaveLength(labels.length); // a number for each
      expect(part('label')).toMatch(isLog ? /nats per token, logarithmic</ : /nats per token</);
      return labels;
    };
    expect(axis([8, 4, 1], true)).toEqual(['1', '1.5', '2', '3', '4', '5', '7']);
    expect(axis([2, 1.5, 1], false)).toContain('1.2');
  });

  it('names the score that it draws', () => {
    const scored = [10, 20].map((step) => ({ step, validationScore: step }));
    const [{ title, chart }] = logCharts(scored, 'BLEU');
    expect(title).toBe('BLEU of the validation outputs');
    expect(chart).toContain('↑ BLEU, higher is better<');
    expect(logCharts(scored)[0].title).toBe('Score of the validation outputs');
  });

  it('has nothing to draw without a log', () => {
    expect(logCharts([])).toEqual([]);
  });
});
