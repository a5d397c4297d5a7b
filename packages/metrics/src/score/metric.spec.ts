import { formatDecimals } from './metric.js';

describe('formatDecimals', () => {
  // What Python's f'{value:.{decimals}f}' prints.
  it.each([
    [12.25, 1, '12.2'],
    [12.35, 1, '12.3'], // a little less than 12.35
    [12.75, 1, '12.8'],
    [0.125, 2, '0.12'],
    [0.375, 2, '0.38'],
    [2.5, 0, '2'],
    [3.5, 0, '4'],
    [52.791737, 2, '52.79'],
    [100, 1, '100.0'],
    [-12.25, 1, '-12.2'],
  ])('prints %d with %d decimals as Python does', (value, decimals, expected) => {
    expect(formatDecimals(value, decimals)).toBe(expected);
  });
});
