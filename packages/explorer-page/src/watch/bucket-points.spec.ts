import { bucketPoints } from './bucket-points.js';

const ENTRIES = [3, 9, 4, 1, 2, 2].map((loss, i) => ({ step: i + 1, loss }));

describe('bucketPoints', () => {
  it('keeps the extremes of each bucket in order, and its mean', () => {
    expect(bucketPoints(ENTRIES, 'loss', 'step', 2)).toEqual({
      extremes: [
        { x: 1, y: 3 },
        { x: 2, y: 9 },
        { x: 4, y: 1 },
        { x: 6, y: 2 },
      ],
      means: [
        { x: 2, y: 16 / 3 },
        { x: 5, y: 5 / 3 },
      ],
    });
  });

  it('keeps all points where there are few', () => {
    const { extremes, means } = bucketPoints(ENTRIES, 'loss', 'step', 100);
    expect(extremes).toHaveLength(6);
    expect(means).toEqual(extremes);
  });

  it('leaves out entries that lack the quantity, or the time', () => {
    const entries = [...ENTRIES, { step: 7 }];
    expect(bucketPoints(entries, 'loss', 'step', 100).means).toHaveLength(6);
    expect(bucketPoints(entries, 'loss', 'elapsedSeconds', 100).means).toEqual([]);
  });
});
