import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { decidedModel } from '../../test/decided-model.js';
import { advance } from './advance.js';
import type { Feed } from './cache-memory.js';
import { createKvCache, type KvCache, truncateSlot } from './kv-cache.js';
import { reorderSlots, slideSlot } from './move-slots.js';
import type { Model } from './model.js';

const model = tinyGpt2();
const texts = [[1, 2, 3], [4, 5], [6, 7, 8, 9], [10]];

function filled(): KvCache {
  const cache = createKvCache(model.decoder, 4);
  advance(
    model,
    cache,
    texts.map((tokens, slot) => ({ slot, tokens })),
  );
  return cache;
}

/** Feeds each slot one token, and each text alone, and compares. */
function expectToContinue(cache: KvCache, pasts: readonly (readonly number[])[]): void {
  const next = (slot: number): Feed => ({ slot, tokens: [20 + slot] });
  const logits = advance(
    model,
    cache,
    pasts.map((_, slot) => next(slot)),
  );
  pasts.forEach((past, place) => {
    const alone = createKvCache(model.decoder, 1);
    const expected = advance(model, alone, [{ slot: 0, tokens: [...past, 20 + place] }]);
    expect(logits.subarray(place * 31, (place + 1) * 31)).toBeAllClose(expected, { atol: 1e-5 });
  });
}

describe('reorderSlots', () => {
  it.each([
    ['nothing', [0, 1, 2, 3]],
    ['two places that change', [1, 0, 2, 3]],
    ['a cycle', [1, 2, 3, 0]],
    ['one survivor', [2, 2, 2, 2]],
    ['a mixture', [3, 3, 0, 1]],
    ['another mixture', [1, 1, 3, 3]],
  ])('continues each slot from its source: %s', (_, sources) => {
    const cache = filled();
    reorderSlots(cache, sources);
    expectToContinue(
      cache,
      sources.map((source) => texts[source]),
    );
  });

  it('stays correct over 40 rounds of reordering, truncation and decoding', () => {
    const cache = filled();
    let pasts = texts;
    for (let round = 0; round < 40; round++) {
      const random = (place: number): number => (round * 7 + place * place * 5 + 3) % 11;
      const sources = pasts.map((_, place) => random(place) % 4);
      reorderSlots(cache, sources);
      pasts = sources.map((source) => pasts[source]);
      const shorter = random(9) % 4;
      const length = Math.ceil(pasts[shorter].length / 2);
      truncateSlot(cache, shorter, length);
      pasts = pasts.map((past, place) => (place === shorter ? past.slice(0, length) : past));
      const feeds = pasts.map((_, place) => ({ slot: place, tokens: [random(place + 4)] }));
      if (pasts.every((past) => past.length < 15)) {
        advance(model, cache, feeds);
        pasts = pasts.map((past, place) => [...past, ...feeds[place].tokens]);
      }
      if (round % 5 === 4 && pasts.every((past) => past.length < 16)) {
        expectToContinue(cache, pasts);
        pasts = pasts.map((past, place) => [...past, 20 + place]);
      }
    }
  });

  it('copies nothing for a permutation, and only the differing positions for a fork', () => {
    const cache = filled();
    const layer = cache.keys[0];
    const before = layer.map((slot) => slot.slice());
    reorderSlots(cache, [3, 2, 0, 1]);
    expect(layer).toEqual(before);

    reorderSlots(cache, [1, 1, 1, 1]);
    const feeds = [0, 1, 2, 3].map((place) => ({ slot: place, tokens: [place] }));
    advance(model, cache, feeds);
    const C = 12;
    layer[cache.storage[3]].fill(7, 0, 4 * C); // the common past
    reorderSlots(cache, [0, 1, 2, 0]);
    const copied = layer[cache.storage[3]];
    expect(copied.slice(0, 4 * C)).toEqual(new Float32Array(4 * C).fill(7));
    expect(copied.slice(4 * C, 5 * C)).toEqual(layer[cache.storage[0]].slice(4 * C, 5 * C));
  });

  it.each<[string, number[], string]>([
    ['too few', [0, 1], 'sources: expected 4, one per slot, got 2'],
    ['a place that is not there', [0, 1, 2, 4], 'slot: expected an integer from 0 to 3, got 4'],
  ])('refuses %s', (_, sources, message) => {
    const cache = filled();
    expect(() => reorderSlots(cache, sources)).toThrow(new RangeError(message));
  });
});

const TOKENS = [3, 1, 4, 1, 5, 9];
const movable = { attention: 'relative', positions: 'none' } as const;

/** Returns the logits of a token after a sequence that slid. */
function afterSlide(model: Model, before: readonly number[], kept: number, next: number) {
  const cache = createKvCache(model.decoder, 2);
  advance(model, cache, [
    { slot: 0, tokens: [7, 7, 7] },
    { slot: 1, tokens: TOKENS },
  ]);
  slideSlot(model, cache, 1, { before, kept });
  expect([...cache.lengths]).toEqual([3, before.length + kept]);
  return advance(model, cache, [{ slot: 1, tokens: [next] }]);
}

function alone(model: Model, tokens: readonly number[]) {
  return advance(model, createKvCache(model.decoder, 1), [{ slot: 0, tokens }]);
}

describe('slideSlot', () => {
  it.each(['relative', 'causal'])(
    'equals a new pass in a model of one layer, whose keys depend only on their own tokens: %s',
    (attention) => {
      const model = decidedModel({ attention, positions: 'none', nLayer: 1 } as typeof movable);
      for (const [before, kept] of [
        [[], 4],
        [[8, 2], 3],
        [[6], 0],
      ] as const) {
        const expected = alone(model, [...before, ...TOKENS.slice(TOKENS.length - kept), 11]);
        expect(afterSlide(model, before, kept, 11)).toBeAllClose(expected, { atol: 1e-4 });
      }
    },
  );

  it('keeps the influence of dropped tokens on deeper layers', () => {
    const model = decidedModel({ ...movable, nLayer: 2 }, 5);
    const slid = afterSlide(model, [8], 4, 11);
    expect(slid).not.toBeAllClose(alone(model, [8, ...TOKENS.slice(-4), 11]), { atol: 1e-2 });
    const other = decidedModel({ ...movable, nLayer: 2 }, 5);
    expect(afterSlide(other, [8], 4, 11)).toEqual(slid);
  });

  it('changes nothing if no position is dropped', () => {
    const model = decidedModel(movable, 5);
    const expected = alone(model, [...TOKENS, 11]);
    expect(afterSlide(model, [], TOKENS.length, 11)).toBeAllClose(expected, { atol: 1e-4 });
  });
});
