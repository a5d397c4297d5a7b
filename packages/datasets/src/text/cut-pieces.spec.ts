import fc from 'fast-check';

import { cutPieces, type PieceSizes, type TextPiece } from './documents.js';

/** Patterns by which tokenizers cut text into words before byte pairs, without ignored case. */
const WORDS: readonly [string, RegExp][] = [
  // github.com/openai/gpt-2 src/encoder.py
  ['GPT-2', /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu],
  // tokenizer.json of Llama 3 and of Qwen 3
  [
    'Llama 3',
    /'s|'t|'re|'ve|'m|'ll|'d|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu,
  ],
  [
    'Qwen',
    /'s|'t|'re|'ve|'m|'ll|'d|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu,
  ],
];

async function* fragmentsOf(documents: string[], size: number): AsyncGenerator<TextPiece> {
  for (const document of documents) {
    for (let at = 0; at < document.length; at += size) {
      yield await Promise.resolve({ text: document.slice(at, at + size), endsDocument: false });
    }
    yield { text: '', endsDocument: true };
  }
}

async function cut(documents: string[], size: number, sizes?: PieceSizes): Promise<TextPiece[]> {
  const pieces: TextPiece[] = [];
  for await (const piece of cutPieces(fragmentsOf(documents, size), sizes)) pieces.push(piece);
  return pieces;
}

const texts = (units: string[]): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...units), minLength: 1, maxLength: 200 });
const sizes = fc.record({
  usual: fc.integer({ min: 1, max: 20 }),
  longest: fc.integer({ min: 20, max: 60 }),
});
const UNITS = [
  ...['a', 'é', '語', '7', "'s", "'", '.', '!?', '😀', '\u0301'],
  ...[' ', ' ', '  ', '\n', '\r\n', '\t', '\u00A0', '\u0085', '\u3000', '\uFEFF', '\v'],
];

describe('cutPieces', () => {
  it.each(WORDS)('gives %s the same words as the whole text', async (_, word) => {
    await fc.assert(
      fc.asyncProperty(
        texts(UNITS),
        fc.integer({ min: 1, max: 9 }),
        sizes,
        async (text, size, s) => {
          // No cap: every cut is then at a safe place.
          const pieces = await cut([text], size, { usual: s.usual, longest: 10_000 });
          const words = pieces.flatMap((piece) => piece.text.match(word) ?? []);
          expect(words).toEqual(text.match(word));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('loses nothing, splits no character, exceeds no cap and marks each end', async () => {
    const documents = fc.array(texts(['x', '語', '😀', ' ']), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(documents, fc.integer({ min: 1, max: 9 }), sizes, async (all, size, s) => {
        const pieces = await cut(all, size, s);
        const joined = pieces.map(({ text, endsDocument }) => (endsDocument ? `${text}\0` : text));
        expect(joined.join('')).toBe(all.map((text) => `${text}\0`).join(''));
        for (const { text } of pieces) {
          expect(text).not.toBe('');
          expect(text).not.toMatch(/\p{Surrogate}/u);
          expect(text.length).toBeLessThanOrEqual(s.longest);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('cuts before the last white space that follows a word within the usual length', async () => {
    const pieces = await cut(['one two  three\nfour'], 100, { usual: 10, longest: 100 });
    expect(pieces.map(({ text }) => text)).toEqual(['one two', '  three', '\nfour']);
  });

  it('does not cut between punctuation and a line end, which tokenizers join', async () => {
    const pieces = await cut(['one two.\nthree four\nfive'], 100, { usual: 9, longest: 100 });
    expect(pieces.map(({ text }) => text)).toEqual(['one', ' two.\nthree', ' four', '\nfive']);
  });

  it('cuts a document without white space between two characters at the cap', async () => {
    const pieces = await cut(['😀'.repeat(6)], 5, { usual: 3, longest: 5 });
    expect(pieces.map(({ text }) => text)).toEqual(['😀😀', '😀😀', '😀😀']);
  });

  it('drops a document without text', async () => {
    expect(await cut(['', 'a', ''], 1)).toEqual([{ text: 'a', endsDocument: true }]);
  });

  it('makes pieces of about 2^18 by default', async () => {
    const pieces = await cut(['word '.repeat(200_000)], 2 ** 20);
    const lengths = pieces.map(({ text }) => text.length);
    expect(lengths.slice(0, -1).every((length) => length > 262_138)).toBe(true);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(2 ** 18);
  });
});
