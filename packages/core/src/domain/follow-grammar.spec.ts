import {
  allowedIds,
  checkTokenExample,
  checkTokenPrompt,
  followGrammar,
  type GrammarDomain,
} from './follow-grammar.js';

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

describe('checkTokenExample', () => {
  const check = (change: object) => (): void =>
    checkTokenExample('poem 3', { tokens: [0, 4, 2], lossWeights: [0, 1, 1], ...change }, 5);

  it('accepts a sequence in arrays of any kind', () => {
    expect(check({})).not.toThrow();
    expect(
      check({ tokens: Int32Array.of(0, 4, 2), prefixLength: 3, outputStart: 0 }),
    ).not.toThrow();
    expect(check({ lossWeights: [NaN, 0, 0.5] })).not.toThrow(); // the first is never predicted
  });

  it.each<[object, string]>([
    [{ tokens: [1], lossWeights: [1] }, 'at least 2 tokens, got 1'],
    [{ tokens: [0, 5, 2] }, 'ids from 0 to 4, got 5'],
    [{ tokens: [0, -1, 2] }, 'ids from 0 to 4, got -1'],
    [{ tokens: [0, 1.5, 2] }, 'ids from 0 to 4, got 1.5'],
    [{ tokens: [0, undefined, 2] }, 'ids from 0 to 4, got undefined'],
    [{ tokens: [0, '4', 2] }, 'ids from 0 to 4, got "4"'],
    [{ lossWeights: [1, 1] }, '3 weights, one per token, got 2'],
    [{ lossWeights: [0, -1, 1] }, 'weights of at least 0, got -1'],
    [{ lossWeights: [0, NaN, 1] }, 'weights of at least 0, got NaN'],
    [{ lossWeights: [0, undefined, 1] }, 'weights of at least 0, got undefined'],
    [{ lossWeights: [0, '1', 1] }, 'weights of at least 0, got "1"'],
    [
      { lossWeights: [1, 0, 0] },
      'a weight above 0 after the first token, got none, so there is nothing to learn',
    ],
    [{ prefixLength: 4 }, 'prefixLength as an integer from 0 to 3, got 4'],
    [{ outputStart: 0.5 }, 'outputStart as an integer from 0 to 3, got 0.5'],
  ])('refuses %j', (change, complaint) => {
    expect(check(change)).toThrow(new RangeError(`poem 3: expected ${complaint}`));
  });
});

describe('checkTokenPrompt', () => {
  it('accepts a single token, and refuses no token and ids out of range', () => {
    expect(() => checkTokenPrompt('prompt', { tokens: [4] }, 5)).not.toThrow();
    expect(() => checkTokenPrompt('prompt', { tokens: [] }, 5)).toThrow(
      new RangeError(
        'prompt: expected at least 1 token, got none; begin every sequence with a start token',
      ),
    );
    expect(() => checkTokenPrompt('prompt', { tokens: [5] }, 5)).toThrow(
      new RangeError('prompt: expected ids from 0 to 4, got 5'),
    );
  });
});
