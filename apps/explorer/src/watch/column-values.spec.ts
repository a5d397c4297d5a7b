import { columnExtremes, columnPlaces, runColour, runDash } from './column-values.js';

const LOSSES = [3, 9, 4, 1, 2, 2];
const POINTS = { at: [0, 1, 2, 3, 4, 5], values: LOSSES };
const OPTIONS = { span: { from: 0, to: 6 }, columns: 2 } as const;
const none = undefined;

describe('columnPlaces', () => {
  it('has two places in each column of pixels', () => {
    expect(columnPlaces({ from: 10, to: 14 }, 2)).toEqual([10.5, 11.5, 12.5, 13.5]);
  });
});

describe('columnExtremes', () => {
  it('keeps the smallest and the largest value of each column, in their order', () => {
    expect(columnExtremes(POINTS, OPTIONS)).toEqual([3, 9, 1, 2]);
    const falling = { ...POINTS, values: LOSSES.map((loss) => -loss) };
    expect(columnExtremes(falling, OPTIONS)).toEqual([-3, -9, -1, -2]);
  });

  it('keeps all of a few values, each in its half of a column', () => {
    expect(columnExtremes(POINTS, { ...OPTIONS, columns: 6 })).toEqual(
      LOSSES.flatMap((loss) => [loss, none]),
    );
    const one = (at: number) => columnExtremes({ at: [at], values: [7] }, OPTIONS);
    expect(one(2.5)).toEqual([none, 7, none, none]);
    expect(one(6)).toEqual([none, none, none, 7]);
  });

  it('leaves out values outside', () => {
    expect(columnExtremes(POINTS, { ...OPTIONS, span: { from: 1, to: 3 } })).toEqual([
      9,
      none,
      4,
      1,
    ]);
    expect(columnExtremes({ at: [], values: [] }, OPTIONS)).toEqual([none, none, none, none]);
  });
});

describe('runColour and runDash', () => {
  it('differ together for fifty runs', () => {
    const looks = Array.from({ length: 50 }, (_, i) => `${runColour(i)} ${runDash(i).join()}`);
    expect(new Set(looks).size).toBe(50);
  });
});
