import type { DataFile } from '@ramble/core';

import { reversalApp } from '../../test/reversal-app.js';
import { readData } from './read-data.js';

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
