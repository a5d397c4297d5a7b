import { memoryFile } from '../../test/memory-file.js';
import { readParallel, type TextPair } from './read-pairs.js';

async function pairs(first: string, second: string): Promise<TextPair[]> {
  const found: TextPair[] = [];
  const files = [memoryFile('a.en', first), memoryFile('a.fr', second)] as const;
  for await (const pair of readParallel(...files)) found.push(pair);
  return found;
}

describe('readParallel', () => {
  it('pairs the lines of two files, including empty ones', async () => {
    expect(await pairs('a dog\n\na cat', 'un chien\r\n\r\nun chat\r\n')).toEqual([
      { first: 'a dog', second: 'un chien' },
      { first: '', second: '' },
      { first: 'a cat', second: 'un chat' },
    ]);
  });

  it('keeps a last line that is empty when it has an end', async () => {
    expect(await pairs('a\n\n', 'b\n\n')).toHaveLength(2);
  });

  it.each([
    ['a\nb\nc\n', 'x\n', 3, 1],
    ['a\n', 'x\ny\nz\nz', 1, 4],
    ['', 'x\n', 0, 1],
  ])('names both counts when one has more lines: %j and %j', async (first, second, a, b) => {
    await expect(pairs(first, second)).rejects.toThrow(
      new Error(`a.fr: expected as many lines as a.en (${a}), got ${b}`),
    );
  });
});
