import { fitText, formatTable } from './format-table.js';

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

describe('fitText', () => {
  it.each([
    ['" the"', 6, '" the"'],
    ['" there"', 6, '" the…'],
    ['"日本語"', 8, '"日本語"'],
    ['"日本語"', 7, '"日本…'],
    ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
  ])('fits %s into %d cells', (text, width, expected) => {
    expect(fitText(text, width)).toBe(expected);
  });
});
