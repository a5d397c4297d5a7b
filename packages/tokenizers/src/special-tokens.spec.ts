import { isSpecialName, numberSpecialTokens } from './tokenizer.js';

describe('numberSpecialTokens', () => {
  it('keeps the order given, <|endoftext|> first if it is not named', () => {
    expect([...numberSpecialTokens(['<2fr>'], 7)]).toEqual([
      ['<|endoftext|>', 7],
      ['<2fr>', 8],
    ]);
    expect([...numberSpecialTokens(['<2fr>', '<|endoftext|>', '<2de>'], 7)]).toEqual([
      ['<2fr>', 7],
      ['<|endoftext|>', 8],
      ['<2de>', 9],
    ]);
  });

  it('refuses names that are empty, broken or not the only ones', () => {
    const refuse = (names: string[], got: string): void =>
      expect(() => numberSpecialTokens(names, 0)).toThrow(
        new RangeError(
          `specialTokens: expected distinct, non-empty names without lone surrogates, got ${got}`,
        ),
      );
    refuse([''], '""');
    refuse(['<a>', '<a>'], '"<a>"');
    refuse(['<|endoftext|>', '<|endoftext|>'], '"<|endoftext|>"');
    refuse(['<\ud83d>'], String.raw`"<\ud83d>"`);
  });
});

describe('isSpecialName', () => {
  it('accepts only names of whole characters', () => {
    expect(['<a>', '', '\udc00'].map(isSpecialName)).toEqual([true, false, false]);
  });
});
