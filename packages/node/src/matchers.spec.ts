import { toBeAllClose } from './matchers.js';

describe('toBeAllClose', () => {
  it('accepts numbers within the tolerance', () => {
    expect(toBeAllClose([1, 2.0001], [1, 2], { atol: 1e-3 }).pass).toBe(true);
    expect(toBeAllClose([100.05], [100], { rtol: 1e-3, atol: 0 }).pass).toBe(true);
  });

  it('names the worst entry', () => {
    const result = toBeAllClose([1, 5, 3], [1, 2, 2.5]);
    expect(result.pass).toBe(false);
    expect(result.message()).toBe('worst difference 3 at index 1 of [3]: expected 2, got 5');
  });

  it('compares nested arrays with flat ones and refuses other shapes', () => {
    expect(toBeAllClose(Float32Array.of(1, 2, 3, 4), [[1, 2], [3, 4]]).pass).toBe(true); // prettier-ignore
    expect(toBeAllClose([[1, 2]], [[1], [2]]).message()).toBe('shape: expected [2,1], got [1,2]');
    expect(toBeAllClose([1], [1, 2]).pass).toBe(false);
  });

  it('treats equal infinities and two NaN as equal, and NaN against a number as different', () => {
    expect(toBeAllClose([Infinity, NaN], [Infinity, NaN]).pass).toBe(true);
    expect(toBeAllClose([NaN], [1]).pass).toBe(false);
    expect(toBeAllClose([1], [NaN]).pass).toBe(false);
    expect(toBeAllClose([-Infinity], [Infinity]).pass).toBe(false);
  });
});
