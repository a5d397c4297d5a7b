import { trainCharacters } from './character-tokenizer.js';

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
