import fc from 'fast-check';

import { connectedComponents } from './split-components.js';

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
