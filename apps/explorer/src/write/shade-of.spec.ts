import { shadeClasses, SHADES } from './output-text.js';

it('shades a token by its surprise and by the entropy in its place, both in bits', () => {
  const classesOf = (probability: number, entropy: number) =>
    shadeClasses({ id: 0, word: 'a', text: 'a', rank: 1, alternatives: [], probability, entropy });
  expect(classesOf(1, 0)).toBe('token p0 e0');
  expect(classesOf(0.5, 0.25)).toBe('token p2 e1');
  expect(classesOf(2 ** -6, 4)).toBe('token p5 e5');
  expect(classesOf(0, 20)).toBe(`token p${SHADES - 1} e${SHADES - 1}`);
});
