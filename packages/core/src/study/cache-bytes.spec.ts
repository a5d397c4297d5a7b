import { createModel } from '../model/model.js';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { cacheGrowth, cacheSizes } from './cache-growth.js';

describe('cacheSizes', () => {
  const sizes = { vocabSize: 31, contextLength: 16, nLayer: 3, nHead: 2, nEmbd: 12 };

  it.each([
    ['causal', tinyGpt2()],
    ['prefix', tinyGpt2('prefix')],
    ['mixed', createModel({ ...sizes, attention: 'local,causal', localBlock: 2 })],
    ['compressed', createModel({ ...sizes, attention: 'compressed', compressionFactor: 3 })],
    ['window', createModel({ ...sizes, attention: 'window', window: 3 })],
  ])('equals the sizes that cacheGrowth measures: %s', (_, model) => {
    const prompt = { tokens: [3, 1, 4, 1, 5, 9, 2], prefixLength: 3 };
    expect(cacheSizes(model.decoder, prompt)).toEqual(
      cacheGrowth(model, prompt).map(({ held, sizeBytes }) => ({ tokens: held, bytes: sizeBytes })),
    );
    model.dispose();
  });

  it('refuses more than a context', () => {
    const { decoder } = tinyGpt2();
    expect(() => cacheSizes(decoder, { tokens: new Array<number>(17).fill(0) })).toThrow(
      new RangeError('prompt: expected 1 to 16 tokens (contextLength), got 17'),
    );
  });
});
