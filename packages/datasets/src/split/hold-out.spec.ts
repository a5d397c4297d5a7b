import fc from 'fast-check';

import { holdOut } from './split-components.js';

const keysOf = (item: string): string[] => item.split(' ');
const hold = (items: readonly string[], count: number) => holdOut(items, { keysOf, count });
const alone = (count: number): string[] => Array.from({ length: count }, (_, i) => `a${i} b${i}`);

describe('holdOut', () => {
  it('holds out the given number if no keys are shared, and the same items in any order', () => {
    const items = alone(100);
    const { learned, heldOut } = hold(items, 10);
    expect([learned.length, heldOut.length]).toEqual([90, 10]);
    expect(hold([...items].reverse(), 10).heldOut).toEqual([...heldOut].reverse());
    expect(heldOut).toEqual(items.filter((item) => heldOut.includes(item)));
  });

  it('shares no key between the two, loses nothing and leaves no side empty', () => {
    const key = fc.constantFrom(...Array.from('abcdefghijkl'));
    const items = fc.array(fc.tuple(key, key), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 4 }), (pairs, count) => {
        const all = pairs.map((pair) => pair.join(' '));
        const { learned, heldOut } = hold(all, count);
        expect([...learned, ...heldOut].sort()).toEqual([...all].sort());
        const known = new Set(learned.flatMap(keysOf));
        expect(heldOut.flatMap(keysOf).filter((each) => known.has(each))).toEqual([]);
        expect(learned.length).toBeGreaterThan(0);
      }),
    );
  });

  it('learns from a large group, and holds out the rest if it is smaller than requested', () => {
    const theme = Array.from({ length: 95 }, (_, i) => `t${i} theme`);
    const { learned, heldOut } = hold([...theme, ...alone(5)], 10);
    expect(learned).toEqual(theme);
    expect(heldOut).toEqual(alone(5));
  });

  it('holds out as close to the number as groups allow', () => {
    const groupsOf = (size: number, count: number): string[] =>
      Array.from({ length: size * count }, (_, i) => `${i} group${i % count}`);
    expect(hold(groupsOf(4, 10), 6).heldOut).toHaveLength(4); // 8 is no nearer
    expect(hold(groupsOf(4, 10), 7).heldOut).toHaveLength(8);
    expect(hold(groupsOf(20, 2), 4).heldOut).toHaveLength(20); // else none
    expect(hold(groupsOf(20, 1), 2)).toEqual({ learned: groupsOf(20, 1), heldOut: [] });
  });
});
