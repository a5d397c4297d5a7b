import { smooth } from './write-report.js';

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
