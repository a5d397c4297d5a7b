import { counted, memoryBytes, memoryTokens } from './bytes.js';

describe('counted', () => {
  it.each([
    [0, '0 steps'],
    [1, '1 step'],
    [2000, '2,000 steps'],
  ])('uses the singular only for 1: %d', (count, text) => {
    expect(counted(count, 'step')).toBe(text);
  });
});

const source = memoryBytes('notes.txt', Uint8Array.of(1, 2, 3, 4, 5));

describe('memoryBytes', () => {
  it('reads any range, as a copy', async () => {
    expect(source.sizeBytes).toBe(5);
    const middle = await source.read(1, 3);
    expect([...middle]).toEqual([2, 3, 4]);
    middle.fill(0);
    expect([...(await source.read(0, 5))]).toEqual([1, 2, 3, 4, 5]);
    expect(await source.read(5, 0)).toHaveLength(0);
  });

  it('refuses a range that does not exist', async () => {
    await expect(source.read(3, 3)).rejects.toThrow(
      new RangeError('notes.txt: expected 3 bytes at 3, got a file of 5'),
    );
    await expect(source.read(-1, 2)).rejects.toThrow(
      new RangeError('notes.txt: expected 2 bytes at -1, got a file of 5'),
    );
  });
});

describe('memoryTokens', () => {
  const source = memoryTokens([7, 8, 9, 10]);

  it('reads any range', async () => {
    expect(source.length).toBe(4);
    expect([...(await source.read(1, 2))]).toEqual([8, 9]);
    expect([...(await source.read(0, 4))]).toEqual([7, 8, 9, 10]);
  });

  it('refuses a range that does not exist', async () => {
    await expect(source.read(2, 3)).rejects.toThrow(
      new RangeError('tokens: expected 3 from position 2, got a source of 4 tokens'),
    );
    await expect(source.read(-1, 1)).rejects.toThrow(RangeError);
  });
});
