import { checkTokenExample, checkTokenPrompt } from './check-token-example.js';

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
