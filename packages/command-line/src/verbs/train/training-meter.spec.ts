import { NEW_TRAINING } from '@ramble/core/training';

import { trainingMeter } from './training-display.js';

const report = (step: number, loss: number, tokensPerSecond: number) =>
  ({
    kind: 'step',
    step,
    loss,
    learningRate: step / 1000,
    gradientNorm: step / 10,
    tokensPerSecond,
    state: { ...NEW_TRAINING, step, elapsedSeconds: step * 2 },
  }) as const;

describe('trainingMeter', () => {
  it('averages loss and speed since the last line', () => {
    const meter = trainingMeter({ operationsPerToken: 1e6, peak: 1e9 });
    meter.add(report(1, 3, 100));
    meter.add(report(2, 2, 300));
    const entry = {
      step: 2,
      loss: 2.5,
      learningRate: 0.002,
      gradientNorm: 0.2,
      tokensPerSecond: 150, // 2 tokens in 1/100 + 1/300 seconds
      peakShare: 0.15,
      elapsedSeconds: 4,
    };
    expect(meter.take()).toEqual(entry);
    expect(meter.take()).toBeUndefined();
    meter.add(report(3, 1, 200));
    expect(meter.take()).toMatchObject({ step: 3, loss: 1, tokensPerSecond: 200 });
  });

  it('takes the fastest report as the peak if the measured peak was slower', () => {
    const meter = trainingMeter({ operationsPerToken: 1e6, peak: 1e8 });
    meter.add(report(1, 3, 200));
    expect(meter.take()).toMatchObject({ peakShare: 1 });
    meter.add(report(2, 3, 50));
    expect(meter.take()).toMatchObject({ peakShare: 0.25 });
  });
});
