import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { asNobody } from '../testing/system.js';
import { makeFolder, writeWhole } from './put-in-place.js';

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

let folder: string;

describe('writeWhole', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-write-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('shows the file only when it is whole', async () => {
    const path = join(folder, 'new', 'a.txt');
    await writeWhole(path, async (handle) => {
      await handle.writeFile('half');
      expect(await readdir(join(folder, 'new'))).toEqual([
        expect.stringMatching(new RegExp(`^\\.partial-\\d+-${process.pid},`)) as string,
      ]);
      await handle.writeFile(' and half');
    });
    expect(await readFile(path, 'utf8')).toBe('half and half');
    expect(await readdir(join(folder, 'new'))).toEqual(['a.txt']);
  });

  it('removes the leftovers of a killed process in the folder, and keeps the files of a running one', async () => {
    let own = '';
    await writeWhole(join(folder, 'new', 'a.txt'), async () => {
      [own] = await readdir(join(folder, 'new'));
    });
    const [, host, boot, namespace] = own.split(',');
    const nameOf = (...parts: (string | number)[]): string => `.partial-0-${parts.join()}`;
    const left = [
      nameOf(999_999_999, host, boot, namespace, 7),
      nameOf(process.ppid, host, boot, namespace, 7), // an earlier process with this id
      nameOf(process.ppid, host, `${boot}0`, namespace, 7), // before the power went
      nameOf(999_999_998, 'another-host', boot, namespace, 7), // idle for 8 days
    ];
    const kept = [
      nameOf(process.ppid, host, boot, namespace, 'unknown'),
      nameOf(999_999_999, 'another-host', boot, namespace, 7),
      nameOf(999_999_999, host, boot, `${namespace}0`, 7), // of a container whose processes are not seen
      '.partial-notes',
      'a.txt.999999999.partial',
    ];
    for (const name of [...left, ...kept]) await writeFile(join(folder, name), '');
    for (const [name, days] of [
      [left[3], 8],
      [kept[1], 6],
      [kept[0], 8],
    ] as const) {
      const then = new Date(Date.now() - days * 86_400_000);
      await utimes(join(folder, name), then, then);
    }
    await writeWhole(join(folder, 'b.txt'), () => Promise.resolve());
    expect(await readdir(folder)).toEqual([...kept, 'b.txt', 'new'].sort());
  });

  it('removes leftovers of killed processes once per folder, as caches have many files', async () => {
    await writeWhole(join(folder, 'a.txt'), () => Promise.resolve());
    await writeFile(join(folder, '.partial-999999999-0'), '');
    await writeWhole(join(folder, 'b.txt'), () => Promise.resolve());
    expect(await readdir(folder)).toEqual(['.partial-999999999-0', 'a.txt', 'b.txt']);
  });

  it('writes even if it may not remove leftovers of a killed process', async () => {
    const left = join(folder, '.partial-999999999-0');
    await mkdir(left);
    await writeFile(join(left, 'of another user'), '');
    await chmod(left, 0o555);
    await chmod(folder, 0o777);
    try {
      await asNobody(() => writeWhole(join(folder, 'a.txt'), () => Promise.resolve()));
      expect(await readdir(folder)).toEqual(['.partial-999999999-0', 'a.txt']);
    } finally {
      await chmod(left, 0o777);
    }
  });

  it('writes into a folder that it may not read', async () => {
    await chmod(folder, 0o333);
    try {
      await asNobody(() => writeWhole(join(folder, 'a.txt'), () => Promise.resolve()));
    } finally {
      await chmod(folder, 0o777);
    }
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it('keeps the old file, and leaves no other, when writing fails', async () => {
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
