import { byteTokenizer } from './load-tokenizer.js';

describe('byteTokenizer', () => {
  it('has an id for every byte of UTF-8, then the special tokens', () => {
    const tokenizer = byteTokenizer({ specialTokens: ['<2fr>'] });
    expect(tokenizer.vocabSize).toBe(258);
    expect(tokenizer.endOfText).toBe(256);
    expect(Array.from(tokenizer.encode('aé'))).toEqual([0x61, 0xc3, 0xa9]);
    expect(Array.from(tokenizer.encode('a<2fr>é', { allowSpecial: true }))).toEqual([
      0x61, 257, 0xc3, 0xa9,
    ]);
  });

  it('describes a byte that is no character in hexadecimal', () => {
    const tokenizer = byteTokenizer();
    expect([0x61, 0x0a, 0xc3, 256].map((id) => tokenizer.describe(id))).toEqual([
      '"a"',
      String.raw`"\n"`,
      '0xC3',
      '<|endoftext|>',
    ]);
  });
});
