import { memoryBytes } from './bytes.js';

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
