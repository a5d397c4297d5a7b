import { findSpecialTokens, isSpecialName, numberSpecialTokens } from './special-tokens.js';

describe('numberSpecialTokens', () => {
  it('puts <|endoftext|> first, whether it is named or not', () => {
    const expected = [
      ['<|endoftext|>', 7],
      ['<2fr>', 8],
    ];
    expect([...numberSpecialTokens(['<2fr>'], 7)]).toEqual(expected);
    expect([...numberSpecialTokens(['<2fr>', '<|endoftext|>'], 7)]).toEqual(expected);
  });

  it('refuses names that are empty, broken or not the only ones', () => {
    const refuse = (names: string[], got: string): void =>
      expect(() => numberSpecialTokens(names, 0)).toThrow(
        new RangeError(`specialTokens: expected different names of whole characters, got ${got}`),
      );
    refuse([''], '""');
    refuse(['<a>', '<a>'], '"<a>"');
    refuse(['<\ud83d>'], String.raw`"<\ud83d>"`);
  });
});

describe('isSpecialName', () => {
  it('asks for whole characters', () => {
    expect(['<a>', '', '\udc00'].map(isSpecialName)).toEqual([true, false, false]);
  });
});

describe('findSpecialTokens', () => {
  it('takes names literally and prefers the longest', () => {
    const specials = numberSpecialTokens(['<a', '<a-b>', '.*', '[x]$'], 0);
    expect(findSpecialTokens('<a-b><a.*z[x]$', specials)).toEqual([
      { id: 2, from: 0, to: 5 },
      { id: 1, from: 5, to: 7 },
      { id: 3, from: 7, to: 9 },
      { id: 4, from: 10, to: 14 },
    ]);
  });
});
