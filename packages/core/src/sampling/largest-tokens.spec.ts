import { randomValues } from '../../test/random-values.js';
import { largestTokens } from './largest-tokens.js';

describe('largestTokens', () => {
  it.each([1, 2, 7, 96, 97, 120])('gives the first %i of a sorted vocabulary', (count) => {
    // Of 97 values some fifteen are equal.
    const values = randomValues(97, 5).map((value) => Math.round(4 * value) / 4);
    const sorted = [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);
    expect(largestTokens(values, count)).toEqual(sorted.slice(0, count));
  });

  it('gives the smaller of equal tokens first', () => {
    expect(largestTokens([1, 3, 2, 3, 3], 2)).toEqual([1, 3]);
  });

  it('gives none that is removed, nor any where none is wanted', () => {
    expect(largestTokens([-Infinity, 2, -Infinity, 5], 4)).toEqual([3, 1]);
    expect(largestTokens([-Infinity, -Infinity], 1)).toEqual([]);
    expect(largestTokens([1, 2], 0)).toEqual([]);
  });
});
