import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeWhole } from './write-whole.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-write-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeWhole', () => {
  it('shows the file only when it is whole', async () => {
    const path = join(folder, 'new', 'a.txt');
    await writeWhole(path, async (handle) => {
      await handle.writeFile('half');
      expect(await readdir(join(folder, 'new'))).toEqual([`a.txt.${process.pid}.partial`]);
      await handle.writeFile(' and half');
    });
    expect(await readFile(path, 'utf8')).toBe('half and half');
    expect(await readdir(join(folder, 'new'))).toEqual(['a.txt']);
  });

  it('keeps the old file, and nothing else, when writing fails', async () => {
    const path = join(folder, 'a.txt');
    await writeFile(path, 'old');
    const write = writeWhole(path, async (handle) => {
      await handle.writeFile('half');
      throw new Error('out of ideas');
    });
    await expect(write).rejects.toThrow(new Error('out of ideas'));
    expect(await readdir(folder)).toEqual(['a.txt']);
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('names the file when its folder cannot be made', async () => {
    await writeFile(join(folder, 'a'), '');
    const path = join(folder, 'a', 'b.txt');
    await expect(writeWhole(path, () => Promise.resolve())).rejects.toHaveProperty(
      'message',
      `${path}: expected a folder, got a file`,
    );
  });

  (process.platform === 'linux' ? it : it.skip)('says that the disk is full', async () => {
    const path = join(folder, 'a.txt');
    const write = writeWhole(path, () => writeFile('/dev/full', 'more'));
    await expect(write).rejects.toHaveProperty(
      'message',
      `${path}: expected free space on the disk, got a full one`,
    );
  });
});
