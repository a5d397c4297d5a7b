import fc from 'fast-check';

import { Heap } from './heap.js';

describe('Heap', () => {
  it('returns items in order, for any order of insertion', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const heap = new Heap<number>((a, b) => a < b);
        for (const item of items) heap.push(item);
        const popped = items.map(() => heap.pop());
        expect(popped).toEqual([...items].sort((a, b) => a - b));
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });

  it('stays in order when pushes and pops alternate', () => {
    const heap = new Heap<number>((a, b) => a < b);
    for (const item of [5, 1, 4]) heap.push(item);
    expect(heap.pop()).toBe(1);
    for (const item of [3, 6]) heap.push(item);
    expect([heap.pop(), heap.pop(), heap.pop(), heap.pop()]).toEqual([3, 4, 5, 6]);
  });
});
