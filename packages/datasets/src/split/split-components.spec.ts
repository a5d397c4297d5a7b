import fc from 'fast-check';

import {
  type ComponentSplit,
  connectedComponents,
  holdOut,
  splitComponents,
} from './split-components.js';

/** Packages of one source share its number; every third source has two packages. */
const ITEMS = Array.from({ length: 1000 }, (_, i) => `p${i} s${i - (i % 3 === 1 ? 1 : 0)}`);
const keysOf = (item: string): string[] => item.split(' ');
const split = (items = ITEMS, validation = 60, test = 100): ComponentSplit<string> =>
  splitComponents(items, { keysOf, validation, test });

describe('splitComponents', () => {
  it('holds out about the given numbers, and loses none', () => {
    const { train, validation, test } = split();
    expect([test.length - 100, validation.length - 60].every((n) => n === 0 || n === 1)).toBe(true);
    expect([...train, ...validation, ...test].sort()).toEqual([...ITEMS].sort());
  });

  it('shares no key between parts', () => {
    const parts = Object.values(split()) as string[][];
    const owners = new Map<string, number>();
    parts.forEach((part, i) => {
      for (const key of part.flatMap(keysOf)) {
        expect(owners.get(key) ?? i).toBe(i);
        owners.set(key, i);
      }
    });
  });

  it('learns from large groups, which would fill a test with one theme', () => {
    const theme = Array.from({ length: 50 }, (_, i) => `q${i} theme`);
    const { train } = split([...theme, ...ITEMS]);
    expect(train.filter((item) => item.endsWith('theme'))).toHaveLength(50);
  });

  it('holds out mostly the same items after more data is added, in any order', () => {
    const more = Array.from({ length: 100 }, (_, i) => `n${i} m${i}`);
    const before = new Set(split().test);
    const after = split([...more, ...[...ITEMS].reverse()]).test;
    expect(after.filter((item) => before.has(item)).length).toBeGreaterThan(75);
  });

  it('reports too little data', () => {
    expect(() => split(ITEMS.slice(0, 100))).toThrow(
      new RangeError(
        'data: expected at least 100 examples for testing, 60 for validation and some for training, got 100 in 67 groups',
      ),
    );
  });
});

describe('connectedComponents', () => {
  it('groups items with a common key, also through other items', () => {
    const items = ['ab', 'x', 'bc', '', 'yz', 'c', 'zy'];
    expect(connectedComponents(items)).toEqual([[0, 2, 5], [1], [3], [4, 6]]);
  });

  it('finds the groups that a plain search finds', () => {
    const keys = fc.array(
      fc.array(fc.constantFrom(...Array.from('abcdefghij')), { maxLength: 3 }),
      {
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(keys, (items) => {
        expect(connectedComponents(items)).toEqual(plainComponents(items));
      }),
    );
  });
});

/** Finds components by a walk from item to item over shared keys. */
function plainComponents(items: readonly string[][]): number[][] {
  const seen = new Set<number>();
  const groups: number[][] = [];
  items.forEach((_, start) => {
    if (seen.has(start)) return;
    const group = [start];
    seen.add(start);
    for (const item of group) {
      items.forEach((keys, other) => {
        if (seen.has(other) || !keys.some((key) => items[item].includes(key))) return;
        seen.add(other);
        group.push(other);
      });
    }
    groups.push(group.sort((a, b) => a - b));
  });
  return groups;
}

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
