import { recentValues } from './recent-values.js';

describe('recentValues', () => {
  const made: string[] = [];
  const recent = recentValues<string>(10, (value) => value.length);
  const of = (key: string, value: string): string =>
    recent.of(key, () => {
      made.push(key);
      return value;
    });

  it('makes a value once, and again after it was evicted', () => {
    expect([of('a', 'xxxx'), of('b', 'yyyy'), of('a', '')]).toEqual(['xxxx', 'yyyy', 'xxxx']);
    expect(of('c', 'zzz')).toBe('zzz'); // b was used longest ago
    expect(of('a', '')).toBe('xxxx');
    expect(of('b', 'yy')).toBe('yy');
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  it('does not keep a value larger than its maximum size, and evicts nothing for it', () => {
    made.length = 0;
    expect([of('d', 'x'.repeat(11)), of('d', 'x'.repeat(11))]).toHaveLength(2);
    expect(of('a', '')).toBe('xxxx');
    expect(made).toEqual(['d', 'd']);
  });
});
