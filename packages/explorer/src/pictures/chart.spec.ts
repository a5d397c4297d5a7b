import { linearAxis, logTicks } from './chart.js';

describe('linearAxis', () => {
  it('marks round values within the range, and extends to them if it is nice', () => {
    expect(linearAxis([0, 300], [0, 600], 9, false).ticks).toEqual([
      0, 50, 100, 150, 200, 250, 300,
    ]);
    const axis = linearAxis([1, 1.93], [100, 0], 8, true);
    expect(axis.ticks).toEqual([1, 1.2, 1.4, 1.6, 1.8, 2]);
    expect([1, 1.5, 2].map((value) => axis.at(value))).toEqual([100, 50, 0]);
  });

  it('has room around a single value', () => {
    const { ticks, at } = linearAxis([0.001, 0.001], [0, 100], 5, true);
    expect([ticks[0], ticks.at(-1)]).toEqual([0.0005, 0.0015]);
    expect(at(0.001)).toBeCloseTo(50);
  });
});

describe('logTicks', () => {
  it('marks round values within the range, as many as fit', () => {
    expect(logTicks(1, 8, 8)).toEqual([1, 1.5, 2, 3, 4, 5, 7]);
    expect(logTicks(0.3, 6, 8)).toEqual([0.3, 0.5, 1, 2, 3, 5]);
    expect(logTicks(0.3, 6, 4)).toEqual([0.5, 1, 2, 5]);
  });

  it('marks powers of ten, and not each of them, over a wide range', () => {
    expect(logTicks(0.002, 3000, 8)).toEqual([0.01, 0.1, 1, 10, 100, 1000]);
    expect(logTicks(1e-6, 1e6, 4)).toEqual([1e-6, 1e-2, 1e2, 1e6]);
  });
});
