import { samplingConfig } from '../config/sampling-config.js';
import { randomAt } from '../random/random.js';
import { chooseToken } from './choose-token.js';

const logits = [0, Math.log(2), Math.log(5)]; // probabilities 1/8, 2/8, 5/8

describe('chooseToken', () => {
  it('divides the unit interval by probability, in the order of the ids', () => {
    const at = (uniform: number): number => chooseToken(logits, samplingConfig(), uniform);
    expect([0, 0.1249, 0.1251, 0.3749, 0.3751, 0.9999].map(at)).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('draws each token about as often as its probability says', () => {
    const random = randomAt({ seed: 1, purpose: 'sample', step: 0 });
    const counts = [0, 0, 0];
    for (let i = 0; i < 8000; i++)
      counts[chooseToken(logits, samplingConfig(), random.uniform(i))]++;
    [1000, 2000, 5000].forEach((expected, token) => {
      expect(Math.abs(counts[token] - expected)).toBeLessThan(5 * Math.sqrt(expected));
    });
  });

  it('takes the first of the likeliest when greedy', () => {
    expect(chooseToken([1, 4, 4, 2], samplingConfig({ method: 'greedy' }), 0.99)).toBe(1);
  });

  it('chooses among what a grammar allows', () => {
    expect(chooseToken(logits, samplingConfig({ method: 'greedy' }), 0, [0, 1])).toBe(1);
    expect(chooseToken(logits, samplingConfig({ topK: 1 }), 0.5, new Set([0]))).toBe(0);
  });

  it('says when a grammar allows nothing', () => {
    expect(() => chooseToken(logits, samplingConfig(), 0, [])).toThrow(
      new RangeError('grammar: expected at least one allowed token, got none'),
    );
  });
});
