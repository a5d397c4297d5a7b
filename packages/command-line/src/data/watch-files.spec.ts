import type { DataFile } from '@ramble/core';

import { watchFiles } from './watch-files.js';

const file: DataFile = {
  name: 'a',
  sizeBytes: 4,
  chunks: async function* () {
    yield await Promise.resolve(Uint8Array.of(1, 2, 3));
    yield Uint8Array.of(4);
  },
};

async function read(files: readonly DataFile[]): Promise<number[]> {
  const bytes: number[] = [];
  for (const each of files) for await (const chunk of each.chunks()) bytes.push(...chunk);
  return bytes;
}

describe('watchFiles', () => {
  it('reports the fraction of all files that has been read', async () => {
    const shares: number[] = [];
    const files = watchFiles([file, file], { onProgress: (share) => shares.push(share) });
    expect(await read(files)).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    expect(shares).toEqual([0.375, 0.5, 0.875, 1]);
  });

  it('stops with the reason it is given', async () => {
    const stop = new AbortController();
    const files = watchFiles([file], {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });
    await expect(read(files)).rejects.toThrow(new Error('enough'));
  });
});
