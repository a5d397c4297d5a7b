import { randomValues } from '../../test/random-values.js';
import { randomAt } from '../random/random.js';
import { drawToken, largestTokens, likeliestToken } from './draw-token.js';
import { logSumExp } from './filters/softmax.js';

const logits = [0, Math.log(2), Math.log(5)]; // probabilities 1/8, 2/8, 5/8

describe('drawToken', () => {
  it('divides the unit interval by probability, in the order of the ids', () => {
    const at = (uniform: number): number | undefined => drawToken(logits, uniform).token;
    expect([0, 0.1249, 0.1251, 0.3749, 0.3751, 0.9999].map(at)).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('finds a token among hundreds, at any place', () => {
    const weights = Array.from({ length: 200 }, (_, token) => token % 7); // some of them zero
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let before = 0;
    for (const [token, weight] of weights.entries()) {
      for (const share of weight > 0 ? [0.01, 0.99] : []) {
        const uniform = (before + share * weight) / total;
        expect(drawToken(weights.map(Math.log), uniform).token).toBe(token);
      }
      before += weight;
    }
  });

  it('draws each token about as often as its probability', () => {
    const random = randomAt({ seed: 1, purpose: 'sample', step: 0 });
    const counts = [0, 0, 0];
    for (let i = 0; i < 8000; i++) counts[drawToken(logits, random.uniform(i)).token ?? -1]++;
    [1000, 2000, 5000].forEach((expected, token) => {
      expect(Math.abs(counts[token] - expected)).toBeLessThan(5 * Math.sqrt(expected));
    });
  });

  it('never draws a removed token', () => {
    expect(drawToken([-Infinity, 0, -Infinity], 0).token).toBe(1);
    expect(drawToken([-Infinity, 0, -Infinity], 1 - 2 ** -32).token).toBe(1);
    expect(drawToken([-Infinity, -Infinity], 0.5).token).toBeUndefined();
    const tail = Array.from({ length: 130 }, (_, token) => (token < 70 ? 0 : -Infinity));
    expect(drawToken(tail, 1).token).toBe(69); // the result of rounding a number just below 1
  });

  it('also returns the logarithm of the sum', () => {
    expect(drawToken(logits, 0).logSum).toBe(logSumExp(logits));
  });
});

describe('likeliestToken', () => {
  it('returns the first of the most likely tokens', () => {
    expect(likeliestToken([1, 4, 4, 2])).toBe(1);
    expect(likeliestToken([-Infinity, -Infinity])).toBeUndefined();
  });
});

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
