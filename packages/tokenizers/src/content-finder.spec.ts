import { contentFinder } from './content-finder.js';

describe('contentFinder', () => {
  it('finds the leftmost match first, the longest if several begin there, and no overlaps', () => {
    const find = contentFinder(['<s>', '<s', '\n', '\n\n', 'aab']);
    expect([...find('aaab<s><s\n\n\n')]).toEqual([
      { content: 'aab', index: 1 },
      { content: '<s>', index: 4 },
      { content: '<s', index: 7 },
      { content: '\n\n', index: 9 },
      { content: '\n', index: 11 },
    ]);
    expect([...find('')]).toEqual([]);
    expect([...contentFinder([])('aab')]).toEqual([]);
  });
});
