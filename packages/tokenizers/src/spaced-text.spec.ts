import { byteTokenizer } from './load-tokenizer.js';
import { spacedText } from './write-hugging-face.js';

describe('spacedText', () => {
  const { encode, decode } = spacedText(byteTokenizer({ specialTokens: ['<2fr>'] }));
  const [END, TO_FR] = [256, 257];

  it('puts a space in front of a text, and takes one away', () => {
    expect(Array.from(encode('ab'))).toEqual([0x20, 0x61, 0x62]);
    expect(decode([0x20, 0x20, 0x61])).toBe(' a');
    expect(decode([0x61])).toBe('a');
  });

  it('leaves special tokens out, and takes their names for text like any other', () => {
    expect(decode([TO_FR, 0x20, 0x61, END, 0x62])).toBe('ab');
    expect(decode(Array.from(encode('<2fr>')))).toBe('<2fr>');
  });
});
