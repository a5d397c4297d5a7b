import { formatBytes, formatCount } from './format-number.js';
import { formatTable } from './format-table.js';

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

describe('formatTable', () => {
  it('puts text to the left and numbers to the right', () => {
    expect(
      formatTable(
        [
          ['name', 'count', ''],
          ['embedding', '7', 'tied'],
        ],
        'lrl',
      ),
    ).toEqual(['name       count', 'embedding      7  tied']);
  });

  it('counts the cells that text takes on a terminal', () => {
    expect(formatTable([['"日"', 'a'], ['"e"', 'b']])).toEqual(['"日"  a', '"e"   b']); // prettier-ignore
  });
});
