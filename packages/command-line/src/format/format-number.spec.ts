import { formatBytes, formatCount, formatDuration } from './format-number.js';

describe('formatCount', () => {
  it('groups digits', () => {
    expect([0, 999, 124_439_808].map(formatCount)).toEqual(['0', '999', '124,439,808']);
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [9_949, '9.9 kB'],
    [99_500, '100 kB'],
    [1_204_997, '1.2 MB'],
    [999_600, '1.0 MB'],
    [3e15, '3000 TB'],
  ])('writes %d as %s', (sizeBytes, text) => {
    expect(formatBytes(sizeBytes)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.6, '1 min 0 s'],
    [200, '3 min 20 s'],
    [3599.9, '1 h 0 min'],
    [7500, '2 h 5 min'],
  ])('formats %d seconds as %s', (seconds, expected) => {
    expect(formatDuration(seconds)).toBe(expected);
  });
});
