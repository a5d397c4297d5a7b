import type { DataFile } from '@ramble/core';

import { reversalApp } from '../../test/reversal-app.js';
import { readData, shareOf } from './read-data.js';

const file = (name: string): DataFile => ({
  name,
  chunks: async function* () {
    yield await Promise.resolve(Buffer.from('ab'));
  },
});

describe('readData', () => {
  it('refuses folders for apps that read only lines', async () => {
    const app = { ...reversalApp, data: { ...reversalApp.data, readFilePair: undefined } };
    const files = [file('a/1.txt'), file('b/1.txt')];
    const examples = readData(app, { files, isParallel: true, areFolders: true });
    await expect(examples[Symbol.asyncIterator]().next()).rejects.toThrow(
      new Error(
        'a/1.txt: expected two parallel files, line by line, as reversal reads them, got folders',
      ),
    );
  });
});

const ITEMS = Array.from({ length: 1000 }, (_, i) => i);

describe('shareOf', () => {
  it('takes about that fraction of the items in order, and a larger fraction contains a smaller one', () => {
    const [tenth, half] = [0.1, 0.5].map((dataShare) => shareOf(ITEMS, { dataShare, seed: 1 }));
    expect(tenth.length).toBeGreaterThan(70);
    expect(tenth.length).toBeLessThan(130);
    expect(tenth).toEqual([...tenth].sort((a, b) => a - b));
    expect(half).toEqual(expect.arrayContaining([...tenth]));
    expect(half.length).toBeLessThan(600);
    expect(shareOf(ITEMS, { dataShare: 0.1, seed: 2 })).not.toEqual(tenth);
  });

  it('takes all items for the fraction 1', () => {
    expect(shareOf(ITEMS, { dataShare: 1, seed: 1 })).toEqual(ITEMS);
  });

  it('refuses a fraction without any item', () => {
    expect(() => shareOf([1, 2], { dataShare: 1e-6, seed: 1 })).toThrow(
      new RangeError(
        'dataShare: expected a share with at least one example in it, got 0.000001 of 2',
      ),
    );
  });
});
