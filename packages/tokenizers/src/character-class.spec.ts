import { classAt, LETTER, NUMBER, OTHER, runEnd, SPACE } from './byte-pair-encoder.js';

describe('classAt', () => {
  it('distinguishes letters, numbers and white space in all scripts', () => {
    const classesOf = (text: string): number[] =>
      Array.from(text, (character) => classAt(character, 0));
    expect(classesOf('aÉ日ไ\u{20000}')).toEqual(Array(5).fill(LETTER));
    expect(classesOf('1½Ⅳ٣\u{1d7d9}')).toEqual(Array(5).fill(NUMBER));
    expect(classesOf(' \t\n\u0085\u00a0\u3000')).toEqual(Array(6).fill(SPACE));
    expect(classesOf('.\u0301\u200b\ufeff😀')).toEqual(Array(5).fill(OTHER));
  });

  it('takes a lone surrogate for no letter, number or white space', () => {
    expect(classAt('\ud83d', 0)).toBe(OTHER);
    expect(classAt('\udc00a', 0)).toBe(OTHER);
  });
});

describe('runEnd', () => {
  it('ends at another class and at the limit, never inside a pair of surrogates', () => {
    expect(runEnd('日本\u{20000}語 x', 0, 7, LETTER)).toBe(5);
    expect(runEnd('abcdef', 1, 4, LETTER)).toBe(4);
    expect(runEnd('😀a', 0, 3, OTHER)).toBe(2);
  });
});
