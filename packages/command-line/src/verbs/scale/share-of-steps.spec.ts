import { shareOfSteps } from './step-cost.js';

describe('shareOfSteps', () => {
  it('is the median of the steps in a log', () => {
    const log = [0.7, 0.2, 0.5].map((peakShare, step) => ({ step, peakShare }));
    expect(shareOfSteps([{ step: 0, validationLoss: 3 }, ...log])).toBe(0.5);
  });

  it('leaves out the time that ranks have waited', () => {
    expect(shareOfSteps([{ step: 1, peakShare: 0.3, waitedShare: 0.25 }])).toBeCloseTo(0.4, 12);
  });

  it('is undefined for an untrained run, or one that only waited', () => {
    expect(shareOfSteps([{ step: 1, validationLoss: 3 }])).toBeUndefined();
    expect(shareOfSteps([{ step: 1, peakShare: 0, waitedShare: 1 }])).toBeUndefined();
  });
});
