import { comparisonLines, spreadOf } from './comparison.js';

describe('comparisonLines', () => {
  it("shows each statistic of the samples next to the data's, with the range of nine of ten outputs", () => {
    const data = [
      { name: 'length', value: 2 },
      { name: 'over time', values: { first: 3, second: 5 } },
    ];
    const samples = [
      { name: 'length', value: 1.5 },
      { name: 'over time', values: { first: 4 } },
    ];
    expect(comparisonLines({ samples, data, spread: spreadOf([data]) })).toEqual([
      '           samples   data  nine of ten have',
      'length       1.500  2.000    2.000 to 2.000',
      'over time',
      '  first      4.000  3.000    3.000 to 3.000',
      '  second            5.000    5.000 to 5.000',
    ]);
  });

  it("keeps the data's order for classes that the samples lack", () => {
    const samples = [{ name: 'velocity', shares: { '48 to 63': 0.25, '80 to 95': 0.75 } }];
    const data = [
      {
        name: 'velocity',
        shares: { '1 to 15': 0.5, '32 to 47': 0.125, '48 to 63': 0.25, '64 to 79': 0.125 },
      },
    ];
    expect(
      comparisonLines({ samples, data, spread: spreadOf([data]) })
        .slice(2)
        .map((line) => line.trim().slice(0, 8)),
    ).toEqual(['1 to 15 ', '32 to 47', '48 to 63', '64 to 79', '80 to 95']);
  });
});

describe('spreadOf', () => {
  it('returns the 5 % and 95 % quantiles', () => {
    const each = Array.from({ length: 101 }, (_, i) => [{ name: 'length', value: i }]);
    expect(spreadOf(each)).toEqual({
      low: [{ name: 'length', value: 5 }],
      high: [{ name: 'length', value: 95 }],
    });
  });

  it('interpolates between the two nearest values', () => {
    const { low, high } = spreadOf([
      [{ name: 'length', value: 10 }],
      [{ name: 'length', value: 0 }],
    ]);
    expect(low).toEqual([{ name: 'length', value: 0.5 }]);
    expect(high).toEqual([{ name: 'length', value: 9.5 }]);
  });

  it('counts an absent label of shares as 0, and of other numbers as unknown', () => {
    const each = [
      [
        { name: 'letters', shares: { a: 1 } },
        { name: 'over time', values: { first: 2, second: 4 } },
      ],
      [
        { name: 'letters', shares: { b: 1 } },
        { name: 'over time', values: { first: 2 } },
      ],
    ];
    expect(spreadOf(each).high).toEqual([
      { name: 'letters', shares: { a: 0.95, b: 0.95 } },
      { name: 'over time', values: { first: 2, second: 4 } },
    ]);
  });

  it('uses only the outputs that have a statistic', () => {
    const each = [[{ name: 'length', value: 3 }], [], [{ name: 'width', value: 1 }]];
    const expected = [
      { name: 'length', value: 3 },
      { name: 'width', value: 1 },
    ];
    expect(spreadOf(each)).toEqual({ low: expected, high: expected });
  });

  it('is empty for no outputs', () => {
    expect(spreadOf([])).toEqual({ low: [], high: [] });
  });
});
