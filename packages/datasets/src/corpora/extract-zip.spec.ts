import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { extractZip } from './archives.js';

const ARCHIVE = fileURLToPath(new URL('../../fixtures/wikitext.zip', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-zip-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('extractZip', () => {
  it('writes the requested files to the given paths, and no other', async () => {
    const [train, test] = [join(folder, 'train.txt'), join(folder, 'test.txt')];
    const targets = new Map([
      ['raw/wiki.train.raw', train],
      ['raw/wiki.test.raw', test],
    ]);
    await extractZip('wikitext', ARCHIVE, targets);
    expect(await readFile(train, 'utf8')).toBe(' = Moby Dick = \n'.repeat(40));
    expect(await readFile(test, 'utf8')).toBe(' = Ulysses = \n');
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('names a file that is not in the archive', async () => {
    const targets = new Map([['raw/wiki.raw', join(folder, 'a.txt')]]);
    await expect(extractZip('wikitext', ARCHIVE, targets)).rejects.toThrow(
      new Error('wikitext: expected raw/wiki.raw in the archive, got an archive without it'),
    );
  });
});
