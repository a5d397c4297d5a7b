import { readFileSync } from 'node:fs';

import { trainCharacters, UnknownCharacterError } from './character-tokenizer.js';

describe('characterTokenizer', () => {
  it('names an unknown character, and its place', async () => {
    const tokenizer = await trainCharacters('abc \n');
    expect(() => tokenizer.encode('ab\nca é')).toThrow(
      new RangeError(
        'text: expected the 5 characters of the vocabulary, got "é" (U+00E9) at offset 6 (2:4). ' +
          'A character model knows only the characters that it was trained on: train one with the tokenizer bpe or bytes, which read any text, or with --unknown replace.',
      ),
    );
  });

  it('counts columns in characters and offsets in UTF-16 units', async () => {
    const whales = await trainCharacters('😀');
    expect(() => whales.encode('😀😀\u{1f601}')).toThrow('"😁" (U+1F601) at offset 4 (1:3)');
    const trained = await trainCharacters('a');
    expect(() => trained.encode('a\ud83d')).toThrow(
      String.raw`"\ud83d" (U+D83D) at offset 1 (1:2)`,
    );
  });

  it('counts special tokens before the character in the reported offset', async () => {
    const trained = await trainCharacters('a');
    expect(() => trained.encode('a<|endoftext|>b', { allowSpecial: true })).toThrow(
      '"b" (U+0062) at offset 14 (1:15)',
    );
  });

  it('reads unknown characters as U+FFFD with unknown: replace', async () => {
    const tokenizer = await trainCharacters('ab😀', { unknown: 'replace' });
    expect(tokenizer.vocabSize).toBe(5);
    expect(Array.from(tokenizer.encode('aéb\ud83d'))).toEqual([0, 2, 1, 2]);
    expect(tokenizer.decode([0, 2, 1])).toBe('a\ufffdb');
  });
});

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

const REMEDY =
  'A character model knows only the characters that it was trained on: train one with the tokenizer bpe or ' +
  'bytes, which read any text, or with --unknown replace.';

describe('UnknownCharacterError', () => {
  const error = new UnknownCharacterError('a\nna\u00efve', 4, 80);

  it('names character, place and remedy', () => {
    expect(error.message).toBe(
      `text: expected the 80 characters of the vocabulary, got "\u00ef" (U+00EF) at offset 4 (2:3). ${REMEDY}`,
    );
  });

  it('names the file, and the line if it is known', () => {
    expect(error.from({ name: 'other.txt', linesBefore: 40 }).message).toBe(
      `other.txt:42:3: expected the 80 characters of the vocabulary, got "\u00ef" (U+00EF). ${REMEDY}`,
    );
    expect(error.from({ name: 'a.jsonl' }).message).toBe(
      `a.jsonl: expected the 80 characters of the vocabulary, got "\u00ef" (U+00EF) at offset 4 (2:3). ${REMEDY}`,
    );
  });
});
