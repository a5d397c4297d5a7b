import { replaceRefused } from './draw-token.js';

const logitsOf = (...probabilities: number[]): Float64Array =>
  Float64Array.from(probabilities, Math.log);
const replaced = (probabilities: number[], refused: number[], by: number[]): number[] => {
  const logits = logitsOf(...probabilities);
  replaceRefused(logits, { refused, by });
  return Array.from(logits, Math.exp);
};

describe('replaceRefused', () => {
  it('adds a probability to others, in proportion to their own', () => {
    const [refused, first, second, other] = replaced([0.3, 0.1, 0.2, 0.4], [0], [1, 2]);
    expect(refused).toBeCloseTo(0.3, 12);
    expect([first, second]).toEqual([expect.closeTo(0.2, 12), expect.closeTo(0.4, 12)]);
    expect(other).toBeCloseTo(0.4, 12);
  });

  it('adds up the probabilities of all refused tokens', () => {
    expect(replaced([0.1, 0.2, 0.3, 0.4], [0, 1], [3])[3]).toBeCloseTo(0.7, 12);
  });

  it('accepts logits of any size', () => {
    const logits = Float64Array.of(2000, -2000, 1);
    replaceRefused(logits, { refused: [0], by: [1] });
    expect(Array.from(logits)).toEqual([2000, 2000, 1]);
  });

  it('changes nothing if the refused token or its replacement has no probability', () => {
    expect(replaced([0, 0.5, 0.5], [0], [1])).toEqual([0, 0.5, 0.5]);
    expect(replaced([0.5, 0, 0.5], [0], [1])).toEqual([0.5, 0, 0.5]);
    expect(replaced([0, 0, 1], [0], [1])).toEqual([0, 0, 1]);
    expect(replaced([0.5, 0.5], [], [1])).toEqual([0.5, 0.5]);
  });
});
