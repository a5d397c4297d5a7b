import type { AttentionPattern } from '../attention/attention-kinds.js';
import { advance } from './advance.js';
import { fitStorage } from './cache-memory.js';
import { copySlot, createKvCache, type KvCache, truncateSlot } from './kv-cache.js';
import { createModel } from './model.js';

const shape = { vocabSize: 13, nLayer: 2, nHead: 3, nEmbd: 12, mlpDim: 10 };
const rotary = { positions: 'rotary', norm: 'rms' } as const;
const long = createModel({ ...shape, ...rotary, contextLength: 131_072 }, { seed: 2 });
const text = Array.from({ length: 300 }, (_, i) => (i * i + 3) % 13);

/** Rows of the keys of each slot in the first layer. */
function rowsOf({ keys, width }: KvCache): number[] {
  return keys[0].map(({ length }) => length / width);
}

function bytesOf({ keys, values }: KvCache): number {
  return [...keys, ...values].flat().reduce((sum, { byteLength }) => sum + byteLength, 0);
}

describe('the memory of a cache', () => {
  it('is in proportion to the tokens so far, not to the context', () => {
    const cache = createKvCache(long.decoder, 16);
    expect(bytesOf(cache)).toBe(0);
    advance(long, cache, [{ slot: 3, tokens: text.slice(0, 100) }]);
    const positionBytes = 2 * 2 * 12 * 4; // keys and values of two layers
    expect(bytesOf(cache)).toBe(128 * positionBytes);
    advance(long, cache, [{ slot: 3, tokens: text.slice(100) }]);
    expect(bytesOf(cache)).toBe(512 * positionBytes);
  });

  it('grows no further than the capacity', () => {
    const cache = createKvCache(long.decoder, 1, 300);
    advance(long, cache, [{ slot: 0, tokens: text }]);
    expect(rowsOf(cache)).toEqual([300]);
    expect(() => advance(long, cache, [{ slot: 0, tokens: [1] }])).toThrow(
      new RangeError('tokens: expected at most 0 more for a cache of 300, got 1'),
    );
  });

  it('shrinks when most of a long sequence is removed, and not for a few tokens', () => {
    const cache = createKvCache(long.decoder, 1);
    advance(long, cache, [{ slot: 0, tokens: text }]);
    truncateSlot(cache, 0, 200);
    expect(rowsOf(cache)).toEqual([512]);
    truncateSlot(cache, 0, 10);
    expect(rowsOf(cache)).toEqual([64]);
  });

  it('of a short sequence is kept for the next sequence of the slot', () => {
    const cache = createKvCache(long.decoder, 1);
    advance(long, cache, [{ slot: 0, tokens: text.slice(0, 100) }]);
    const [[keys]] = cache.keys;
    truncateSlot(cache, 0, 0);
    advance(long, cache, [{ slot: 0, tokens: text.slice(100, 210) }]);
    expect(cache.keys[0][0]).toBe(keys);
  });

  it.each<AttentionPattern>([
    'causal',
    'window',
    'local',
    'relative-local',
    'compressed',
    'compressed-input',
    'alibi',
    'transformer-xl',
  ])('preserves the results of %s attention when it grows, is copied and shrinks', (attention) => {
    const sizes = {
      ...(attention === 'window' && { window: 100 }),
      ...(attention.endsWith('local') && { localBlock: 50 }),
    };
    const model = createModel({ ...shape, ...sizes, contextLength: 400, attention }, { seed: 3 });
    const whole = createKvCache(model.decoder, 1);
    fitStorage(whole, 0, 400); // all its memory from the beginning
    const growing = createKvCache(model.decoder, 2);
    const feed = (cache: KvCache, slot: number, from: number, end: number): Float32Array =>
      advance(model, cache, [{ slot, tokens: text.slice(from, end) }]);
    let past = 0;
    for (const end of [1, 20, 63, 64, 65, 130, 131, 260]) {
      expect(feed(growing, 0, past, end)).toEqual(feed(whole, 0, past, end));
      past = end;
    }
    copySlot(growing, 0, 1);
    expect(feed(growing, 1, 260, 270)).toEqual(feed(whole, 0, 260, 270));

    const kept = truncateSlot(growing, 1, 15);
    expect(truncateSlot(whole, 0, 15)).toBe(kept);
    expect(feed(growing, 1, kept, 90)).toEqual(feed(whole, 0, kept, 90));
  });

  it('throws if a sequence needs too much memory, and keeps its earlier positions', () => {
    const config = { ...long.config, nKvHead: 1, headDim: 2 ** 45 };
    const cache = createKvCache({ ...long.decoder, config }, 1);
    expect(() => fitStorage(cache, 0, 200)).toThrow(
      'cache: expected memory for the keys and values of 200 tokens, got none. Use fewer slots, or shorter prompts',
    );
    expect(rowsOf(cache)).toEqual([0]);
  });
});
