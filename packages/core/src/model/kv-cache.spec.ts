import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { advance } from './advance.js';
import { copySlot, createKvCache, resetSlot, truncateSlot } from './kv-cache.js';
import { createModel } from './model.js';

const model = tinyGpt2();

describe('createKvCache', () => {
  it('has a capacity of the context for every sequence by default', () => {
    expect(createKvCache(model.decoder, 3)).toMatchObject({ batchSize: 3, capacity: 16 });
    const cache = createKvCache(model.decoder, 3, 5);
    advance(model, cache, [{ slot: 1, tokens: [1, 2, 3, 4, 5] }]);
    expect(cache.keys[0].map(({ length }) => length)).toEqual([0, 5 * 12, 0]);
  });

  it.each([0, -1, 1.5, NaN])('refuses a batch of %d sequences', (size) => {
    expect(() => createKvCache(model.decoder, size)).toThrow(
      new RangeError(`batchSize: expected an integer of at least 1, got ${size}`),
    );
  });

  it('refuses a capacity above the number of positions of the model', () => {
    expect(() => createKvCache(model.decoder, 1, 17)).toThrow(
      new RangeError('capacity: expected an integer from 1 to 16 (contextLength), got 17'),
    );
  });
});

describe('resetSlot', () => {
  it('clears one sequence and no other', () => {
    const cache = createKvCache(model.decoder, 2);
    const fresh = advance(model, cache, [
      { slot: 0, tokens: [1, 2] },
      { slot: 1, tokens: [3, 4] },
    ]);
    resetSlot(cache, 0);
    const again = advance(model, cache, [{ slot: 0, tokens: [1, 2] }]);
    expect(again).toBeAllClose(fresh.subarray(0, 31));
    expect([...cache.lengths]).toEqual([2, 2]);
  });
});

describe('truncateSlot', () => {
  it('removes the last tokens', () => {
    const cache = createKvCache(model.decoder, 2);
    advance(model, cache, [{ slot: 1, tokens: [3, 4, 5, 6] }]);
    truncateSlot(cache, 1, 2);
    const again = advance(model, cache, [{ slot: 1, tokens: [7] }]);
    const alone = createKvCache(model.decoder, 1);
    const expected = advance(model, alone, [{ slot: 0, tokens: [3, 4, 7] }]);
    expect(again).toBeAllClose(expected, { atol: 1e-5 });
    expect([...cache.lengths]).toEqual([0, 3]);
  });

  it.each([
    [2, 0, 'slot: expected an integer from 0 to 1, got 2'],
    [1, 3, 'length: expected an integer from 0 to 2, got 3'],
    [1, 0.5, 'length: expected an integer from 0 to 2, got 0.5'],
    [1, -1, 'length: expected an integer from 0 to 2, got -1'],
  ])('refuses slot %d, length %d', (slot, length, message) => {
    const cache = createKvCache(model.decoder, 2);
    advance(model, cache, [{ slot: 1, tokens: [3, 4] }]);
    expect(() => truncateSlot(cache, slot, length)).toThrow(new RangeError(message));
  });
});

describe('copySlot', () => {
  it('lets two sequences continue from the same tokens', () => {
    const cache = createKvCache(model.decoder, 3);
    advance(model, cache, [{ slot: 0, tokens: [1, 2, 3] }]);
    copySlot(cache, 0, 2);
    const forked = advance(model, cache, [
      { slot: 2, tokens: [4] },
      { slot: 0, tokens: [5] },
    ]);
    const alone = createKvCache(model.decoder, 1);
    const expected = advance(model, alone, [{ slot: 0, tokens: [1, 2, 3, 4] }]);
    expect(forked.subarray(0, 31)).toBeAllClose(expected, { atol: 1e-5 });
    expect([...cache.lengths]).toEqual([4, 0, 4]);
  });
});

describe('a cache of compressed attention', () => {
  const shape = { vocabSize: 13, contextLength: 120, nLayer: 2, nHead: 3, nEmbd: 12, mlpDim: 10 };
  const long = createModel({ ...shape, attention: 'compressed,compressed-input' }, { seed: 2 });
  const text = Array.from({ length: 110 }, (_, i) => (i * i + 3) % 13);

  it('stores a third of the rows, the first position, and the last positions', () => {
    const cache = createKvCache(long.decoder, 2);
    advance(long, cache, [{ slot: 0, tokens: text.slice(0, 110) }]);
    expect(cache.keys[0].map(({ length }) => length)).toEqual([(1 + 120 / 3 + 3 + 64) * 12, 0]);
  });

  it('removes more tokens if the group that opens again is overwritten', () => {
    const cache = createKvCache(long.decoder, 1);
    const alone = createKvCache(long.decoder, 1);
    advance(long, cache, [{ slot: 0, tokens: text }]);
    expect(truncateSlot(cache, 0, 110 - 64)).toBe(110 - 64);
    expect(truncateSlot(cache, 0, 20)).toBe(18);
    const next = advance(long, cache, [{ slot: 0, tokens: [7, 1, 4, 1, 5] }]);
    const expected = advance(long, alone, [
      { slot: 0, tokens: [...text.slice(0, 18), 7, 1, 4, 1, 5] },
    ]);
    expect(next).toBeAllClose(expected, { atol: 1e-5 });
  });

  it('removes exactly the requested tokens among those fed after that', () => {
    const cache = createKvCache(long.decoder, 2);
    advance(long, cache, [{ slot: 0, tokens: text }]);
    expect(truncateSlot(cache, 0, 18)).toBe(18);
    advance(long, cache, [{ slot: 0, tokens: [7, 1, 4, 1, 5] }]);
    copySlot(cache, 0, 1);
    expect([0, 1].map((slot) => truncateSlot(cache, slot, 20))).toEqual([20, 20]);
    const expected = advance(long, createKvCache(long.decoder, 1), [
      { slot: 0, tokens: [...text.slice(0, 18), 7, 1, 4, 1, 5] },
    ]);
    for (const slot of [0, 1]) {
      const next = advance(long, cache, [{ slot, tokens: [4, 1, 5] }]);
      expect(next).toBeAllClose(expected, { atol: 1e-5 });
    }
  });

  it('lets sequences continue from the same tokens after they have overwritten positions', () => {
    const cache = createKvCache(long.decoder, 2);
    advance(long, cache, [
      { slot: 0, tokens: text.slice(0, 100) },
      { slot: 1, tokens: text.slice(0, 20) },
    ]);
    copySlot(cache, 0, 1);
    truncateSlot(cache, 1, 60);
    advance(long, cache, [{ slot: 1, tokens: text.slice(0, 50) }]); // overwrites positions of both
    copySlot(cache, 0, 1);
    const [one, other] = [0, 1].map((slot) =>
      advance(long, cache, [{ slot, tokens: text.slice(100, 104) }]),
    );
    expect(other).toEqual(one);
    const alone = createKvCache(long.decoder, 1);
    const expected = advance(long, alone, [{ slot: 0, tokens: text.slice(0, 104) }]);
    expect(other).toBeAllClose(expected, { atol: 1e-5 });
  });
});

describe('a cache of local attention', () => {
  const shape = { vocabSize: 13, contextLength: 200, nLayer: 2, nHead: 3, nEmbd: 12, mlpDim: 10 };
  const long = createModel(
    { ...shape, attention: 'local,relative-local', localBlock: 9, maxDistance: 7 },
    { seed: 2 },
  );
  const text = Array.from({ length: 180 }, (_, i) => (i * i + 3) % 13);
  const after = (tokens: readonly number[]): Float32Array =>
    advance(long, createKvCache(long.decoder, 1), [{ slot: 0, tokens }]);

  it('stores the visible positions, two blocks, and the last positions', () => {
    const cache = createKvCache(long.decoder, 2);
    advance(long, cache, [{ slot: 0, tokens: text.slice(0, 100) }]);
    expect(cache.keys[0].map(({ length }) => length)).toEqual([(2 * 9 + 64) * 12, 0]);
    for (const [from, end] of [
      [100, 101],
      [101, 178],
      [178, 179],
    ]) {
      const tokens = text.slice(from, end);
      const logits = advance(long, cache, [{ slot: 0, tokens }]);
      expect(logits).toBeAllClose(after(text.slice(0, end)), { atol: 1e-5 });
    }
  });

  it('clears the slot if blocks that become visible again are overwritten', () => {
    const cache = createKvCache(long.decoder, 1);
    advance(long, cache, [{ slot: 0, tokens: text }]);
    expect(truncateSlot(cache, 0, 180 - 64)).toBe(180 - 64);
    const next = advance(long, cache, [{ slot: 0, tokens: [7] }]);
    expect(next).toBeAllClose(after([...text.slice(0, 180 - 64), 7]), { atol: 1e-5 });
    expect(truncateSlot(cache, 0, 50)).toBe(0);
    expect(advance(long, cache, [{ slot: 0, tokens: [7] }])).toBeAllClose(after([7]));
  });

  it('copies the positions that a sequence still has', () => {
    const cache = createKvCache(long.decoder, 2);
    advance(long, cache, [
      { slot: 0, tokens: text.slice(0, 150) },
      { slot: 1, tokens: text.slice(0, 20) },
    ]);
    copySlot(cache, 0, 1);
    const next = advance(long, cache, [{ slot: 1, tokens: text.slice(150, 160) }]);
    expect(next).toBeAllClose(after(text.slice(0, 160)), { atol: 1e-5 });
  });
});
