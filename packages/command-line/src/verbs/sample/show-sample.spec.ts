import { inOrder } from './show-sample.js';

describe('inOrder', () => {
  it('returns items in the order of their numbers, and items after a gap at the end', () => {
    const line = inOrder<string>();
    expect(line.add(1, 'b')).toEqual([]);
    expect(line.add(0, 'a')).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
    expect(line.add(4, 'e')).toEqual([]);
    expect(line.add(3, 'd')).toEqual([]);
    expect(line.rest()).toEqual([
      ['d', 3],
      ['e', 4],
    ]);
    expect(line.rest()).toEqual([]);
  });
});
