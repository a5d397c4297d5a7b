import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeFolder } from './put-in-place.js';

describe('makeFolder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes a folder and its missing parents, and returns them', async () => {
    const inner = join(folder, 'a', 'b');
    await expect(makeFolder(inner)).resolves.toEqual([join(folder, 'a'), inner]);
    expect((await stat(inner)).isDirectory()).toBe(true);
  });

  it('changes nothing if the folder exists', async () => {
    await expect(makeFolder(folder)).resolves.toEqual([]);
    await expect(makeFolder('/')).resolves.toEqual([]);
  });

  it('makes a folder once for several calls at the same time', async () => {
    const inner = join(folder, 'a', 'b');
    const made = await Promise.all([makeFolder(inner), makeFolder(inner), makeFolder(inner)]);
    expect(made.flat().sort()).toEqual([join(folder, 'a'), inner]);
  });

  it('reports that a file is in the way', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(makeFolder(file)).rejects.toThrow('EEXIST');
    await expect(makeFolder(join(file, 'a'))).rejects.toThrow('ENOTDIR');
  });

  (existsSync('/proc/self') ? it : it.skip)('ends where no folder can be made', async () => {
    await expect(makeFolder('/proc/ramble')).rejects.toThrow(
      '/proc/ramble: expected a parent where folders can be created, got /proc',
    );
    await expect(makeFolder('/proc/ramble/a')).rejects.toThrow(
      '/proc/ramble: expected a parent where folders can be created, got /proc',
    );
  });
});
