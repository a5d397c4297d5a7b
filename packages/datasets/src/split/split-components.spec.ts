import { splitComponents, type ComponentSplit } from './split-components.js';

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
