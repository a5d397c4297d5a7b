import { allowedIds, followGrammar, type GrammarDomain } from './follow-grammar.js';

const [A, B, END] = [0, 1, 2];

/** A grammar of alternating letters a and b, at most four. */
const turns: GrammarDomain = {
  stopTokens: [END],
  vocabulary: { size: 3, describe: String },
  grammar: {
    start: ({ tokens }) => tokens.length,
    advance: (count) => (count as number) + 1,
    allowed: (count) => (count === 4 ? [END] : [(count as number) % 2 === 0 ? A : B, END]),
    mustEnd: (count) => count === 4,
  },
};

describe('followGrammar', () => {
  it.each([
    [[], [A, B, END], { isComplete: true }],
    [[A], [B, A, B, END], { isComplete: true }],
    [[], [A, B], { isComplete: false }],
    [[], [A, A, END], { forbidden: 1, isComplete: false }],
    [[], [A, B, A, B, A], { forbidden: 4, isComplete: false }],
    [[], [A, END, END], { forbidden: 2, isComplete: false }],
  ])('follows %j and %j', (prompt, tokens, expected) => {
    expect(followGrammar(turns, { tokens: prompt }, tokens)).toEqual(expected);
  });
});

describe('allowedIds', () => {
  it.each<[number[], string]>([
    [[], 'at least one token, got none'],
    [[A, 3], 'ids from 0 to 2, got 3'],
    [[END, B], 'only stop tokens where the output must end, got 1'],
  ])('refuses %j', (allowed, complaint) => {
    const grammar = { ...turns.grammar, allowed: () => allowed };
    expect(() => allowedIds({ ...turns, grammar }, 4)).toThrow(
      new RangeError(`grammar.allowed: expected ${complaint}`),
    );
  });

  it('refuses ids without end', () => {
    const allowed = function* (): Generator<number> {
      for (;;) yield A;
    };
    expect(() => allowedIds({ ...turns, grammar: { ...turns.grammar, allowed } }, 0)).toThrow(
      new RangeError('grammar.allowed: expected at most 3 ids, each once, got more'),
    );
  });
});
