import { targetCounts } from './target-counts.js';

describe('targetCounts', () => {
  it('stops counting at the maximum number of different pairs', () => {
    const counts = targetCounts(5, 2);
    counts.add(1, 0, 1);
    counts.add(1, 0, 1);
    expect(counts.isFull).toBe(false);
    counts.add(2, 0, 1);
    expect(counts.isFull).toBe(true);
    counts.add(3, 0, 1);
    expect([Array.from(counts.tokens), [...counts.pairs.values()]]).toEqual([
      [0, 2, 1, 0, 0],
      [2, 1],
    ]);
  });
});
