import { spreadOf } from './comparison.js';

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
