import { memoryTokens } from './bytes.js';

const source = memoryTokens([7, 8, 9, 10]);

describe('memoryTokens', () => {
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
