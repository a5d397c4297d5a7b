import type { Grammar } from './domain.js';
import { bothGrammars, TokenMask } from './token-mask.js';

describe('TokenMask', () => {
  it('yields its ids in ascending order, also at both ends of a word', () => {
    const ids = [0, 1, 31, 32, 63, 64, 70];
    const mask = TokenMask.of(71, [70, 1, 0, 31, 64, 63, 32, 32]);
    expect([...mask]).toEqual(ids);
    expect(mask.words).toHaveLength(3);
    for (let id = 0; id < 71; id++) expect(mask.has(id)).toBe(ids.includes(id));
  });

  it('intersects', () => {
    const both = TokenMask.of(40, [3, 31, 39]).and(TokenMask.of(40, [4, 31, 39]));
    expect([...both]).toEqual([31, 39]);
  });
});

describe('bothGrammars', () => {
  const END = 9;
  /** Allows the multiples of a number below 9, as ids or as a mask, until an output has a length. */
  const multiples = (of: number, length: number, isMask: boolean): Grammar<unknown> => ({
    start: () => 0,
    advance: (count) => (count as number) + 1,
    allowed: (count) => {
      const ids = Array.from({ length: 9 }, (_, id) => id).filter((id) => id % of === 0);
      const given = count === length ? [END] : [...ids, END];
      return isMask ? TokenMask.of(10, given) : given;
    },
    mustEnd: (count) => count === length,
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('allows the tokens that both allow; as masks: %s, %s', (one, other) => {
    const both = bothGrammars(multiples(2, 5, one), multiples(3, 1, other));
    const state = both.start({ tokens: [0] });
    expect([...both.allowed(state)]).toEqual([0, 6, END]);
    expect(both.mustEnd(state)).toBe(false);
    const next = both.advance(state, 6);
    expect([...both.allowed(next)]).toEqual([END]);
    expect(both.mustEnd(next)).toBe(true);
    expect([...both.allowed(state)]).toEqual([0, 6, END]);
  });

  it('keeps the prior, the replacements and the restated tokens of the first grammar', () => {
    const first: Grammar<unknown> = {
      ...multiples(1, 5, false),
      prior: (count) => [[count as number, 2]],
      instead: (count) => [{ refused: [1], by: [count as number] }],
      restate: (forgotten) => [forgotten.length],
    };
    const both = bothGrammars(first, multiples(3, 1, true));
    const state = both.advance(both.start({ tokens: [0] }), 3);
    expect([...(both.prior?.(state) ?? [])]).toEqual([[1, 2]]);
    expect([...(both.instead?.(state) ?? [])]).toEqual([{ refused: [1], by: [1] }]);
    expect(both.restate?.([5, 5, 5])).toEqual([3]);
    expect(bothGrammars(multiples(1, 1, true), first)).not.toHaveProperty('prior');
  });
});
