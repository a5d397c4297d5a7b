import { countUnits } from './text-domain.js';

describe('countUnits', () => {
  it('counts code points, bytes of UTF-8 and words', () => {
    const text = ' naïve 🐋\n\nWhale. ';
    expect(countUnits(text)).toEqual({
      character: Array.from(text).length,
      byte: new TextEncoder().encode(text).length,
      word: 3,
    });
  });

  it('counts nothing in nothing', () => {
    expect(countUnits('')).toEqual({ character: 0, byte: 0, word: 0 });
  });
});
