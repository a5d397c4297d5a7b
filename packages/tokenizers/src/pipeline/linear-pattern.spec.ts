import fc from 'fast-check';

import { linearPattern } from './linear-pattern.js';
import { WorkBudget } from '../work-budget.js';

const spans = (source: string, text: string): (readonly [number, number])[] =>
  Array.from(linearPattern(source)(text, new WorkBudget(text.length)), ({ from, to }) => [
    from,
    to,
  ]);
/** Without the empty matches that V8 finds between two surrogates. */
const spansOfJavaScript = (source: string, text: string): (readonly [number, number])[] =>
  Array.from(
    text.matchAll(new RegExp(source, 'gu')),
    ({ index, 0: match }) => [index, index + match.length] as const,
  ).filter(([from]) => (text.codePointAt(from - 1) ?? 0) <= 0xffff);

/** A random expression, and whether it may match no character. */
interface Part {
  readonly source: string;
  readonly isEmpty: boolean;
}

const ATOMS = ['a', 'b', 'É', '🐋', String.raw`\ud83d\udc0b`, '[ab]', '[^a]', String.raw`[^a-c\]]`];
const PROPERTIES = [
  '[^\\n]',
  String.raw`\p{L}`,
  String.raw`\P{White_Space}`,
  String.raw`\u{1F40B}`,
];
const FIXED = ['{2}', '{0}'];
const QUANTIFIERS = [...FIXED, '*', '+', '*?', '+?', '{2,}', '?', '??', '{1,2}', '{0,2}?'];

/** A body that may be empty is not repeated freely: there, the results of engines differ. */
const { expression } = fc.letrec<{ expression: Part; term: Part }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...ATOMS, ...PROPERTIES).map((source) => ({ source, isEmpty: false })),
    fc.tuple(tie('term'), fc.nat()).map(([{ source, isEmpty }, which]) => {
      const choices = isEmpty ? FIXED : QUANTIFIERS;
      const quantifier = choices[which % choices.length];
      return {
        source: `(?:${source})${quantifier}`,
        isEmpty: isEmpty || !/^(?:[+]|\{[12])/.test(quantifier),
      };
    }),
    fc
      .tuple(fc.constantFrom('a', '[ab]', String.raw`\p{L}`), fc.constantFrom('*', '+'))
      .map(([source, loop]) => ({ source: source + loop, isEmpty: loop === '*' })),
    fc
      .tuple(fc.constantFrom('(', '(?:', '(?=', '(?!', '(?<=', '(?<!'), tie('expression'))
      .map(([open, { source, isEmpty }]) => ({
        source: `${open}${source})`,
        isEmpty: isEmpty || !['(', '(?:'].includes(open),
      })),
  ),
  expression: fc
    .array(fc.array(tie('term'), { maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((choices) => ({
      source: choices.map((terms) => terms.map(({ source }) => source).join('')).join('|'),
      isEmpty: choices.some((terms) => terms.every(({ isEmpty }) => isEmpty)),
    })),
}));

describe('linearPattern', () => {
  it('finds the matches of JavaScript, for any expression and text', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', ' ', '\n', 'É', '🐋', '1'), { maxLength: 12 })
      .map((characters) => characters.join(''));
    fc.assert(
      fc.property(expression, text, ({ source }, whole) => {
        expect(spans(source, whole)).toEqual(spansOfJavaScript(source, whole));
      }),
      { numRuns: 2000, seed: 46 },
    );
  });
});
