import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { asNobody } from '@ramble/node/testing';

import { findRun, findRuns, lockRun, runHolder } from './find-runs.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-runs-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function makeRuns(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'run.json'), '{}');
  }
}

describe('findRuns', () => {
  it('finds runs in folders of folders, by their path', async () => {
    await makeRuns(
      'b',
      'a/<i>x',
      'a/c/d/e',
      'a/c/d/e/broken/run',
      'a/1/2/3/too-deep',
      '.hidden/run',
    );
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, 'note.txt'), '');
    expect(await findRuns(folder)).toEqual(['a/<i>x', 'a/c/d/e', 'b']);
  });

  it('follows no link, and skips unreadable folders', async () => {
    await makeRuns('inside/run', 'private/run');
    await symlink(join(folder, 'inside'), join(folder, 'link'));
    await symlink('/nowhere', join(folder, 'dangling'));
    await chmod(join(folder, 'private'), 0o000);
    await chmod(folder, 0o755);
    await asNobody(async () => {
      expect(await findRuns(folder)).toEqual(['inside/run']);
    });
  });

  it('rejects a folder that does not exist or is a file, by name', async () => {
    await expect(findRuns(join(folder, 'none'))).rejects.toThrow(`${folder}/none: expected`);
    await writeFile(join(folder, 'file'), '');
    await expect(findRuns(join(folder, 'file'))).rejects.toThrow(`${folder}/file: expected`);
  });
});

describe('runHolder', () => {
  it('returns the process that trains in a run', async () => {
    expect(await runHolder(folder)).toBeUndefined();
    const release = await lockRun(folder);
    expect(await runHolder(folder)).toEqual({ words: `process ${process.pid}`, pid: process.pid });
    await release();
    expect(await runHolder(folder)).toBeUndefined();
    await mkdir(join(folder, '.lock'));
    await expect(runHolder(folder)).rejects.toThrow('expected a file, got a folder');
  });
});

describe('findRun', () => {
  it.each([
    ['RUN', 'RUN', undefined],
    ['./a/RUN/', './a/RUN/', undefined],
    ['RUN/checkpoints/00002000', 'RUN', 2000],
    ['a/RUN/checkpoints/2000/', 'a/RUN', 2000],
    ['checkpoints/20', '.', 20],
    ['/checkpoints/20', '/', 20],
    ['C:\\RUN\\checkpoints\\20', 'C:\\RUN', 20],
    ['RUN/checkpoints', 'RUN/checkpoints', undefined],
    ['RUN/mycheckpoints/20', 'RUN/mycheckpoints/20', undefined],
  ])('reads %s', (path, folder, step) => {
    const found = findRun(path);
    expect(found.storage.name).toBe(folder);
    expect(found.step).toBe(step);
  });
});

const busy = (pid: number): Error =>
  new Error(
    `${folder}: expected no other training run in it, got process ${pid}. If it no longer runs, remove ${folder}/.lock`,
  );

describe('lockRun', () => {
  it('makes the folder, and leaves nothing in it when released', async () => {
    const release = await lockRun(join(folder, 'RUN'));
    expect(await readFile(join(folder, 'RUN/.lock'), 'utf8')).toMatch(
      new RegExp(`^${process.pid} `),
    );
    await release();
    expect(await readdir(join(folder, 'RUN'))).toEqual([]);
  });

  it('keeps a second training out, in this process and others', async () => {
    const release = await lockRun(folder);
    await expect(lockRun(join(folder, '.'))).rejects.toHaveProperty('message');
    await expect(lockRun(folder)).rejects.toThrow(busy(process.pid));
    await release();
    await writeFile(join(folder, '.lock'), `${process.ppid}\n`);
    await expect(lockRun(folder)).rejects.toThrow(busy(process.ppid));
  });

  it('can be had again after it failed', async () => {
    await asNobody(async () => {
      await expect(lockRun(folder)).rejects.toHaveProperty(
        'message',
        `${folder}/.lock: expected permission to use it, got permission denied`,
      );
    });
    await (
      await lockRun(folder)
    )();
  });
});
