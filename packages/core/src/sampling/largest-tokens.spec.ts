import { randomValues } from '../../test/random-values.js';
import { largestTokens } from './largest-tokens.js';

describe('largestTokens', () => {
  it.each([1, 2, 7, 96, 97, 120])('returns the first %i of a sorted vocabulary', (count) => {
    // About fifteen of 97 values are equal.
    const values = randomValues(97, 5).map((value) => Math.round(4 * value) / 4);
    const sorted = [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);
    expect(largestTokens(values, count)).toEqual(sorted.slice(0, count));
  });

  it('returns the smaller of tied ids first', () => {
    expect(largestTokens([1, 3, 2, 3, 3], 2)).toEqual([1, 3]);
  });

  it('returns no removed tokens, and none for a count of 0', () => {
    expect(largestTokens([-Infinity, 2, -Infinity, 5], 4)).toEqual([3, 1]);
    expect(largestTokens([-Infinity, -Infinity], 1)).toEqual([]);
    expect(largestTokens([1, 2], 0)).toEqual([]);
  });
});
