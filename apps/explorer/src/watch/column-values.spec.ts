import { columnExtremes, columnMeans, columnPlaces } from './column-values.js';

const ENTRIES = [3, 9, 4, 1, 2, 2].map((loss, i) => ({ step: i, loss }));
const OPTIONS = { measure: 'loss', time: 'step', span: { from: 0, to: 6 }, columns: 2 } as const;
const none = undefined;

describe('columnPlaces', () => {
  it('has two places in each column of pixels', () => {
    expect(columnPlaces({ from: 10, to: 14 }, 2)).toEqual([10.5, 11.5, 12.5, 13.5]);
  });
});

describe('columnExtremes', () => {
  it('keeps the smallest and the largest value of each column, in their order', () => {
    expect(columnExtremes(ENTRIES, OPTIONS)).toEqual([3, 9, 1, 2]);
    expect(columnExtremes([...ENTRIES].reverse(), OPTIONS)).toEqual([3, 9, 1, 2]);
    const falling = ENTRIES.map(({ step, loss }) => ({ step, loss: -loss }));
    expect(columnExtremes(falling, OPTIONS)).toEqual([-3, -9, -1, -2]);
  });

  it('keeps all of a few values, each in its half of a column', () => {
    expect(columnExtremes(ENTRIES, { ...OPTIONS, columns: 6 })).toEqual(
      ENTRIES.flatMap(({ loss }) => [loss, none]),
    );
    expect(columnExtremes([{ step: 2.5, loss: 7 }], OPTIONS)).toEqual([none, 7, none, none]);
    expect(columnExtremes([{ step: 6, loss: 7 }], OPTIONS)).toEqual([none, none, none, 7]);
  });

  it('leaves out entries outside, and those that lack the quantity or the time', () => {
    expect(columnExtremes(ENTRIES, { ...OPTIONS, span: { from: 1, to: 3 } })).toEqual([
      9,
      none,
      4,
      1,
    ]);
    expect(columnExtremes([{ step: 1 }], OPTIONS)).toEqual([none, none, none, none]);
    expect(columnExtremes(ENTRIES, { ...OPTIONS, time: 'elapsedSeconds' })).toEqual([
      none,
      none,
      none,
      none,
    ]);
  });
});

describe('columnMeans', () => {
  it('gives the mean of each bucket, in the middle of its values', () => {
    expect(columnMeans(ENTRIES, { ...OPTIONS, columns: 3 }, 2)).toEqual([
      none,
      16 / 3,
      none,
      none,
      5 / 3,
      none,
    ]);
    expect(columnMeans([], OPTIONS, 2)).toEqual([none, none, none, none]);
  });
});
