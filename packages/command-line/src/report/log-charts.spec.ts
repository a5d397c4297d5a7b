import type { LogEntry } from '@ramble/runs';

import { logFigures } from './write-report.js';

const log: LogEntry[] = Array.from({ length: 3000 }, (_, i) => ({
  step: i + 1,
  loss: 4 / (1 + i / 100),
  learningRate: 1e-3,
  ...((i + 1) % 1000 === 0 && { validationLoss: 2 }),
}));

describe('logFigures', () => {
  it('draws the logged values, with a legend if a chart has several lines', () => {
    const figures = logFigures(log);
    expect(figures.map(({ title }) => title)).toEqual(['Loss', 'Learning rate']);
    const [loss, learningRate] = figures;
    const names = ({ lines }: (typeof figures)[number]) => lines.map(({ name }) => name);
    expect(names(loss)).toEqual([undefined, 'training, smoothed', 'validation']);
    expect(names(learningRate)).toEqual([undefined]);
    expect(loss.lines[2]).toMatchObject({ dots: true, points: { length: 3 } });
    expect(figures.map(({ mayBeLog = false }) => mayBeLog)).toEqual([true, false]);
  });

  it('thins out long curves and keeps their ends', () => {
    const [{ points }] = logFigures(log)[0].lines;
    expect([points.length, points.at(-1)!.x]).toEqual([1001, 3000]);
  });

  it('names the score that it draws', () => {
    const scored = [10, 20].map((step) => ({ step, validationScore: step }));
    const [{ title, yLabel }] = logFigures(scored, 'BLEU');
    expect(title).toBe('BLEU of the validation outputs');
    expect(yLabel).toBe('BLEU, higher is better');
    expect(logFigures(scored)[0].title).toBe('Score of the validation outputs');
  });

  it('is empty without a log', () => {
    expect(logFigures([])).toEqual([]);
  });
});
