import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { CACHE_FORMATS, type CacheFormatName } from '../model/cache-format.js';
import { createModel } from '../model/model.js';
import { cacheGrowth, cacheSizes } from './cache-growth.js';

/** Keys and values of 2 layers, 12 numbers of 4 bytes each. */
const POSITION_BYTES = 2 * 2 * 12 * 4;

describe('cacheGrowth', () => {
  it('reads one token after the other and reuses the whole cache', () => {
    expect(cacheGrowth(tinyGpt2(), { tokens: [3, 1, 4], prefixLength: 2 })).toEqual([
      { read: 1, reused: 0, held: 1, sizeBytes: POSITION_BYTES },
      { read: 1, reused: 1, held: 2, sizeBytes: 2 * POSITION_BYTES },
      { read: 1, reused: 2, held: 3, sizeBytes: 3 * POSITION_BYTES },
    ]);
  });

  it('reads a prefix whose positions see one another as a whole', () => {
    const prompt = { tokens: [3, 1, 4, 1, 5], prefixLength: 3 };
    expect(cacheGrowth(tinyGpt2('prefix'), prompt)).toMatchObject([
      { read: 3, reused: 0, held: 3 },
      { read: 1, reused: 3, held: 4 },
      { read: 1, reused: 4, held: 5 },
    ]);
  });

  it('refuses more tokens than the cache has positions', () => {
    const tokens = new Array<number>(17).fill(0);
    expect(() => cacheGrowth(tinyGpt2(), { tokens })).toThrow(
      new RangeError('prompt: expected 1 to 16 tokens (contextLength), got 17'),
    );
  });
});

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

  it('are smaller in a narrow format', () => {
    const { decoder } = tinyGpt2(); // 3 heads of 4 numbers
    const sizesOf = (name: CacheFormatName): number[] =>
      cacheSizes({ ...decoder, cacheFormat: CACHE_FORMATS[name] }, { tokens: [3, 1] }).map(
        ({ bytes }) => bytes,
      );
    expect(sizesOf('f16')).toEqual([POSITION_BYTES / 2, POSITION_BYTES]);
    expect(sizesOf('int8')).toEqual([2 * 2 * 3 * (4 + 4), 2 * 2 * 2 * 3 * (4 + 4)]);
  });

  it('refuses more than a context', () => {
    const { decoder } = tinyGpt2();
    expect(() => cacheSizes(decoder, { tokens: new Array<number>(17).fill(0) })).toThrow(
      new RangeError('prompt: expected 1 to 16 tokens (contextLength), got 17'),
    );
  });
});
