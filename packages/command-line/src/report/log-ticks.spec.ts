import { logTicks } from './log-ticks.js';

describe('logTicks', () => {
  it('marks round values within the range, as many as there is room for', () => {
    expect(logTicks(1, 8, 8)).toEqual([1, 1.5, 2, 3, 4, 5, 7]);
    expect(logTicks(0.3, 6, 8)).toEqual([0.3, 0.5, 1, 2, 3, 5]);
    expect(logTicks(0.3, 6, 4)).toEqual([0.5, 1, 2, 5]);
  });

  it('marks powers of ten, and not each of them, over a wide range', () => {
    expect(logTicks(0.002, 3000, 8)).toEqual([0.01, 0.1, 1, 10, 100, 1000]);
    expect(logTicks(1e-6, 1e6, 4)).toEqual([1e-6, 1e-2, 1e2, 1e6]);
  });
});
