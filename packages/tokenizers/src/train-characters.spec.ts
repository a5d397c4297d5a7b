import { readFileSync } from 'node:fs';

import { trainCharacters } from './character-tokenizer.js';

describe('trainCharacters', () => {
  it('gives characters their ids by code point, special tokens the ids after them', async () => {
    // U+FF01 comes before U+1F600, although its UTF-16 unit comes after.
    const tokenizer = await trainCharacters('ba😀\uff01a\n', { specialTokens: ['<2fr>'] });
    expect(Array.from({ length: 7 }, (_, id) => tokenizer.describe(id))).toEqual([
      String.raw`"\n"`,
      '"a"',
      '"b"',
      '"！"',
      '"😀"',
      '<|endoftext|>',
      '<2fr>',
    ]);
    expect(tokenizer.vocabSize).toBe(7);
    expect(Array.from(tokenizer.encode('b😀a'))).toEqual([2, 4, 1]);
  });

  it("numbers the characters of a text as nanoGPT's sorted(list(set(text))) does", async () => {
    const text = readFileSync(new URL('../fixtures/train.txt', import.meta.url), 'utf8');
    const sorted = [...new Set(text)].sort();
    const tokenizer = await trainCharacters(text);
    expect(tokenizer.vocabSize).toBe(sorted.length + 1);
    expect(Array.from(tokenizer.encode(sorted.join('')))).toEqual([...sorted.keys()]);
  });

  it('learns the same from a text and from its parts', async () => {
    const whole = await trainCharacters('call me 😀');
    const parts = await trainCharacters(['call', ' me 😀']);
    expect(parts.save()).toEqual(whole.save());
  });

  it('refuses to learn from nothing', async () => {
    for (const nothing of ['', [], ['']]) {
      await expect(trainCharacters(nothing, { unknown: 'replace' })).rejects.toThrow(
        new RangeError('texts: expected some text, got none'),
      );
    }
  });
});
