import { describe, expect, it } from '@jest/globals';

import { bitsPerCharacter, kneserNey } from './kneser-ney.mjs';

describe('kneserNey', () => {
  it('gives each next character a probability, and all of them together 1', () => {
    const text = 'the cat sat on the mat and the rat ate the cat';
    const characters = [...new Set(text)];
    const model = kneserNey(text, 4, characters.length);
    for (const context of ['', 't', 'the', 'xyz', 'at ']) {
      const sum = characters.reduce((sum, next) => sum + model(context, next), 0);
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  it('expects what followed more often, and in more contexts', () => {
    const model = kneserNey('abababacabab', 3, 3);
    expect(model('ba', 'b')).toBeGreaterThan(model('ba', 'c'));
    expect(model('ba', 'c')).toBeGreaterThan(model('ba', 'a'));
  });

  it('uses the shorter contexts where the longer ones are new', () => {
    const model = kneserNey('abababacabab', 3, 3);
    expect(model('za', 'b')).toBe(model('a', 'b'));
  });

  it('counts the bits of a text after another', () => {
    const model = () => 0.25;
    expect(bitsPerCharacter(model, 3, 'abc', 'abcd')).toBe(2);
  });
});
