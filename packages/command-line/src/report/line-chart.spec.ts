import { lineChart } from './line-chart.js';

const points = [1, 2, 3].map((x) => ({ x, y: 2 * x }));
const lines = ['relative', 'plain', 'plain'].map((name) => ({ name, colour: 'blue', points }));
const labels = { xLabel: 'step', yLabel: 'nats' };

describe('lineChart', () => {
  it('names each kind of line once in a separate picture, on white', () => {
    const svg = lineChart(lines, { ...labels, standsAlone: true });
    expect(svg.match(/● \w+/g)).toEqual(['● relative', '● plain']);
    expect(svg).toContain('background:white;color:#222');
  });

  it('draws scores if one of them is zero', () => {
    const scores = [{ ...lines[0], points: points.map(({ x }) => ({ x, y: x - 1 })) }];
    expect(lineChart(scores, { ...labels, mayBeLog: true })).not.toContain('logarithmic');
  });

  it('leaves legend and background to a page', () => {
    const svg = lineChart(lines, labels);
    expect(svg).not.toContain('●');
    expect(svg).toContain('background:none');
  });
});
