import { type Cluster, shareOfSteps, stepCost, type Update } from './step-cost.js';

/** A token takes 1 ms at four fifths of the peak, the update of 1,000 parameters 28 us. */
const cluster: Cluster = {
  operationsPerSecond: 1e9,
  memoryPerSecond: 1e9,
  networkPerSecond: 1e6 / 0.92,
};
const update: Update = {
  parameters: 1000,
  operationsPerToken: 800_000,
  tokens: 64,
  microBatchTokens: 8,
  shareOfPeak: 0.8,
  lastShare: 0,
};

describe('the cost of a step', () => {
  it('equals computing and the update on a single rank, with an efficiency of 1', () => {
    const { computing, updating, waiting, step, efficiency } = stepCost(1, update, cluster);
    expect(computing).toBeCloseTo(0.064, 12);
    expect(updating).toBeCloseTo(28e-6, 12);
    expect([waiting, efficiency]).toEqual([0, 1]);
    expect(step).toBeCloseTo(0.064028, 12);
  });

  it('divides the micro-batches among ranks, and hides sums behind the backward pass of the last one', () => {
    const { computing, waiting, efficiency } = stepCost(4, update, cluster);
    expect(computing).toBeCloseTo(0.016, 12);
    // 2 * 3 / 4 of 4,000 bytes in 6 ms, and 4 messages of 50 us; the pass back takes 5.3 ms.
    expect(waiting).toBeCloseTo(0.006 + 4 * 50e-6 - 0.016 / 3, 12);
    expect(efficiency).toBeCloseTo(0.064028 / (4 * (0.016028 + waiting)), 12);
  });

  it('hides no sums of the gradients that are ready last', () => {
    const { waiting } = stepCost(2, { ...update, lastShare: 0.25 }, cluster);
    // 4,000 bytes in 4 ms and 2 messages; three quarters are hidden.
    expect(waiting).toBeCloseTo(0.25 * (0.004 + 2 * 50e-6), 12);
  });

  it('updates a shard on each rank with a sharded optimizer, and waits for new values', () => {
    const costs = stepCost(4, update, cluster, { shardOptimizer: true });
    expect(costs.updating).toBeCloseTo(7e-6, 12);
    // Half of 6 ms and of 4 messages; the pass back hides the other half.
    expect(costs.waiting).toBeCloseTo(0.003 + 2 * 50e-6, 12);
    expect(costs.bytes).toBe(4 * 1000 * 2.5);
    expect(stepCost(4, update, cluster).bytes).toBe(4 * 1000 * 4);
    const alone = stepCost(1, update, cluster);
    expect(stepCost(1, update, cluster, { shardOptimizer: true })).toEqual(alone);
  });

  it('waits for the rank with most micro-batches', () => {
    expect(stepCost(3, update, cluster).computing).toBeCloseTo(0.024, 12);
    expect(stepCost(5, update, cluster).computing).toBeCloseTo(0.016, 12);
  });
});

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
