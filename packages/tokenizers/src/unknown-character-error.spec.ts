import { UnknownCharacterError } from './character-tokenizer.js';

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
