import { inMemoryRanks } from './ranks.js';

describe('inMemoryRanks', () => {
  it('adds pairs first, with the same bits on every rank', async () => {
    // Added one after the other to 2^24, each of three ones would be lost.
    const arrays = [2 ** 24, 1, 1, 1].map((value) => Float32Array.of(value));
    await Promise.all(inMemoryRanks(4).map((ranks, i) => ranks.sum(arrays[i])));
    expect(arrays).toEqual(arrays.map(() => Float32Array.of(2 ** 24 + 2)));
  });

  it('sums the part of each rank, pairs first, and leaves the rest unchanged', async () => {
    const arrays = [2 ** 24, 1, 1, 1].map((value) => new Float32Array(6).fill(value));
    const ends = [1, 1, 4, 6];
    await Promise.all(inMemoryRanks(4).map((ranks, i) => ranks.sumParts(arrays[i], ends)));
    const sum = 2 ** 24 + 2;
    expect(arrays.map((array) => [...array])).toEqual([
      [sum, ...new Array<number>(5).fill(2 ** 24)],
      [1, 1, 1, 1, 1, 1],
      [1, sum, sum, sum, 1, 1],
      [1, 1, 1, 1, sum, sum],
    ]);
  });

  it('copies the part of each rank to all ranks', async () => {
    const arrays = [5, 6, 7].map((value) => new Float32Array(5).fill(value));
    await Promise.all(inMemoryRanks(3).map((ranks, i) => ranks.gatherParts(arrays[i], [2, 2, 5])));
    expect(arrays).toEqual(arrays.map(() => Float32Array.of(5, 5, 7, 7, 7)));
  });

  it('broadcasts the bytes of rank 0, and gathers the bytes of all ranks', async () => {
    const ranks = inMemoryRanks(3);
    const arrays = ranks.map(({ rank }) => Uint16Array.of(rank + 5, rank + 6));
    const gathered = ranks.map(async (each, i) => {
      await each.broadcast(arrays[i]);
      return each.gather(new Uint8Array(i).fill(i));
    });
    const expected = [Uint8Array.of(), Uint8Array.of(1), Uint8Array.of(2, 2)];
    expect(await Promise.all(gathered)).toEqual([expected, expected, expected]);
    expect(arrays).toEqual(arrays.map(() => Uint16Array.of(5, 6)));
  });

  it('runs operations in order if they are called at once', async () => {
    const ended: number[] = [];
    const work = inMemoryRanks(2).map(async (ranks) => {
      const sums = [1, 2, 3].map(async (value) => {
        await ranks.sum(Float64Array.of(value));
        if (ranks.rank === 1) ended.push(value);
      });
      await Promise.all([...sums, ranks.close()]);
    });
    await Promise.all(work);
    expect(ended).toEqual([1, 2, 3]);
  });

  it('rejects operations that differ between ranks', async () => {
    const [first, second] = inMemoryRanks(2);
    const results = await Promise.allSettled([
      first.sum(new Float32Array(3)),
      second.sum(new Float32Array(4)),
    ]);
    const reason = new Error(
      'operation 0: expected sum of 3 Float32Array, got sum of 4 Float32Array of 1',
    );
    expect(results).toEqual([0, 1].map(() => ({ status: 'rejected', reason })));
  });

  it('rejects the operations of all ranks after an abort of one', async () => {
    const [first, second] = inMemoryRanks(2);
    const waiting = first.close();
    second.abort(3);
    await expect(waiting).rejects.toThrow(new Error('rank 1 ended all ranks with status 3'));
    await expect(first.close()).rejects.toThrow('rank 1 ended all ranks');
  });
});
