import type { TranslationExample } from './translation-domain.js';
import { learnWords, translateWords } from './word-table.js';

async function* pairs(...texts: [string, string][]): AsyncGenerator<TranslationExample> {
  for (const [source, target] of texts) yield await Promise.resolve({ source, target });
}

describe('learnWords', () => {
  it('learns translations from the pairs that words occur in', async () => {
    const table = await learnWords(
      pairs(
        ['the house', 'das Haus'],
        ['the book', 'das Buch'],
        ['a book', 'ein Buch'],
        ['a house', 'ein Haus'],
      ),
    );
    const found = ['the', 'house', 'book', 'a'].map((word) => table.get(word));
    expect(found).toEqual(['das', 'Haus', 'Buch', 'ein']);
  });

  it('distinguishes two words by a pair that has only one of them', async () => {
    const table = await learnWords(pairs(['x y', 'b c'], ['x', 'b']), { rounds: 2 });
    expect([table.get('x'), table.get('y')]).toEqual(['b', 'c']);
  });

  it('skips pairs that are too long, and empty ones', async () => {
    const long = Array.from({ length: 61 }, (_, i) => `w${i}`).join(' ');
    const table = await learnWords(pairs([long, 'x'], ['y', '...'], ['z', 'ein']));
    expect([table.get('w0'), table.get('y'), table.get('z')]).toEqual([
      undefined,
      undefined,
      'ein',
    ]);
  });
});

describe('translateWords', () => {
  const table = new Map([
    ['the', 'das'],
    ['House', 'Haus'],
  ]);
  it('keeps the text between words, and unknown words', () => {
    expect(translateWords(table, 'the (House), THE naïve')).toBe('das (Haus), das naïve');
  });
});
