import fc from 'fast-check';

import { wordEnd } from './byte-pair-encoder.js';

/** GPT-2's expression, with Unicode's white space for JavaScript's. */
const PATTERN = new RegExp(
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    .replaceAll(String.raw`[^\s`, String.raw`[^\p{White_Space}`)
    .replaceAll(String.raw`\s`, String.raw`\p{White_Space}`)
    .replaceAll(String.raw`\S`, String.raw`\P{White_Space}`),
  'gu',
);

function words(text: string): string[] {
  const all: string[] = [];
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = wordEnd(text, start, text.length);
    all.push(text.slice(start, end));
  }
  return all;
}

describe('wordEnd', () => {
  it('gives a blank to the word after it and splits contractions off', () => {
    expect(words("it's  we'll,\n\n 3.5 x")).toEqual([
      'it',
      "'s",
      ' ',
      ' we',
      "'ll",
      ',',
      '\n\n',
      ' 3',
      '.',
      '5',
      ' x',
    ]);
    expect(words("'S 's don'")).toEqual(["'", 'S', " '", 's', ' don', "'"]);
  });

  it("splits any text as GPT-2's expression does", () => {
    const piece = fc.oneof(
      fc.constantFrom(' ', '\n', '\t', '\u0085', '\u00a0', '\ufeff', "'", 'a', 'é', '1', '.', '😀'),
      fc.constantFrom("'s", "'re", "'l", "'ll", "'ve", '  ', '\u{20000}', '\u{1d7d9}', '\ud83d'),
      fc.string({ unit: 'binary', maxLength: 2 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        expect(words(text)).toEqual(text.match(PATTERN) ?? []);
      }),
      { numRuns: 500 },
    );
  });

  it('ignores text after the limit', () => {
    expect(wordEnd('a \n b', 1, 3)).toBe(3);
    expect(wordEnd("'re", 0, 2)).toBe(1);
    expect(wordEnd(' a', 0, 1)).toBe(1);
  });

  it('takes a line of ten million Chinese characters, for which the expression has no stack', () => {
    const line = '中'.repeat(1e7);
    expect(() => line.match(PATTERN)).toThrow('Maximum call stack size exceeded');
    expect(wordEnd(line, 0, line.length)).toBe(line.length);
  });
});
