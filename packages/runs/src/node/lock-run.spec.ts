import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { asNobody } from '@ramble/node/testing';

import { lockRun } from './find-runs.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

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
