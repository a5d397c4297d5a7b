import { comparisonLines } from './comparison.js';

describe('comparisonLines', () => {
  it('puts classes that only the data have where the data have them', () => {
    const samples = [{ name: 'velocity', shares: { '48 to 63': 0.25, '80 to 95': 0.75 } }];
    const data = [
      {
        name: 'velocity',
        shares: { '1 to 15': 0.5, '32 to 47': 0.125, '48 to 63': 0.25, '64 to 79': 0.125 },
      },
    ];
    expect(
      comparisonLines({ samples, data })
        .slice(2)
        .map((line) => line.trim().slice(0, 8)),
    ).toEqual(['1 to 15 ', '32 to 47', '48 to 63', '64 to 79', '80 to 95']);
  });
});
