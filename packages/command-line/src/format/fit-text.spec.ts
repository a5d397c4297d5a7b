import { fitText } from './format-table.js';

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
