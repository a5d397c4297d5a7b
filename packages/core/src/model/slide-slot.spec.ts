import { decidedModel } from '../../test/decided-model.js';
import { advance } from './advance.js';
import { createKvCache } from './kv-cache.js';
import type { Model } from './model.js';
import { slideSlot } from './move-slots.js';

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
