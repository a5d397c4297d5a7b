import { modelConfig, trainingConfig } from '@ramble/core';
import type { LogEntry } from '@ramble/runs';

import { describeRanks, logFigures, smooth, splitSettings } from './write-report.js';

const log: LogEntry[] = Array.from({ length: 3000 }, (_, i) => ({
  step: i + 1,
  loss: 4 / (1 + i / 100),
  learningRate: 1e-3,
  ...((i + 1) % 1000 === 0 && { validationLoss: 2 }),
}));

describe('describeRanks', () => {
  it('names each machine once', () => {
    expect(describeRanks({ hosts: ['ant', 'ant', 'bee'], waitedShare: 0.0312 })).toBe(
      '3 ranks on ant, bee, 3.1 % of the time waiting for sums',
    );
  });
});

describe('splitSettings', () => {
  it('separates chosen settings from defaults', () => {
    const config = trainingConfig({ maxSteps: 17, learningRate: 0.004, batchSize: 12 });
    const { chosen, defaults } = splitSettings(config, trainingConfig);
    expect(chosen).toEqual({ maxSteps: '17', learningRate: '0.004' });
    expect(defaults).toHaveProperty('batchSize', '12');
    expect(defaults).toHaveProperty('minLearningRate', '0.0004'); // a tenth of the chosen rate
  });

  it('shows required settings, and settings that the others depend on', () => {
    const config = modelConfig({ vocabSize: 70, nEmbd: 6, nHead: 3, mlpDim: 10 });
    const { chosen } = splitSettings(config, modelConfig);
    expect(chosen).toEqual({ vocabSize: '70', nHead: '3', nEmbd: '6', mlpDim: '10' });
  });
});

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

describe('smooth', () => {
  it('averages over the same number of values on both sides', () => {
    expect(smooth([0, 6, 0, 6, 0, 6], 2)).toEqual([0, 2, 2.4, 3.6, 4, 6]);
  });

  it('leaves a straight line unchanged', () => {
    expect(smooth([1, 2, 3, 4, 5], 2)).toEqual([1, 2, 3, 4, 5]);
  });

  it('returns its input for a reach of 0, and an empty list for no values', () => {
    expect(smooth([3, 1, 2], 0.9)).toEqual([3, 1, 2]);
    expect(smooth([], 3)).toEqual([]);
  });
});
