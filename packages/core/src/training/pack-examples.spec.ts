import type { TokenExample } from '../domain/domain.js';
import { packExamples } from './example-batches.js';

const example = (tokens: number[], given: Partial<TokenExample> = {}): TokenExample => ({
  tokens,
  lossWeights: tokens.map(() => 1),
  ...given,
});

describe('packExamples', () => {
  it('sets the next token as the target of each token, and pads to the longest with weight 0', () => {
    const long = example([5, 6, 7, 8], { lossWeights: [9, 0, 0.5, 1], prefixLength: 2 });
    const batch = packExamples([example([1, 2]), long], 8);
    expect(batch).toMatchObject({
      batchSize: 2,
      tokens: Int32Array.of(1, 0, 0, 5, 6, 7),
      targets: Int32Array.of(2, 0, 0, 6, 7, 8),
      weights: Float32Array.of(1, 0, 0, 0, 0.5, 1),
      lengths: Int32Array.of(1, 3),
      prefixLengths: Int32Array.of(0, 2),
    });
  });

  it.each([
    [example([1]), 'example: expected 2 to 5 tokens (contextLength + 1), got 1'],
    [example([1, 2, 3, 4, 5, 6]), 'example: expected 2 to 5 tokens (contextLength + 1), got 6'],
    [example([1, 2], { lossWeights: [1] }), 'lossWeights: expected as many as tokens (2), got 1'],
    [
      example([1, 2], { prefixLength: 2 }),
      'prefixLength: expected 0 to 1, fewer than the tokens, got 2',
    ],
  ])('refuses %j', (wrong, message) => {
    expect(() => packExamples([wrong], 4)).toThrow(new RangeError(message));
  });
});
