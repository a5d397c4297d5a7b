import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { takeLock } from './take-lock.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-lock-'));
  path = join(folder, 'LOCK');
});
afterEach(() => rm(folder, { recursive: true }));

async function take(): Promise<() => Promise<void>> {
  const lock = await takeLock(path);
  if ('release' in lock) return lock.release;
  throw new Error(`lock: expected a free one, got one of process ${lock.holder}`);
}

describe('takeLock', () => {
  it('is held by one, who leaves nothing', async () => {
    const release = await take();
    expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`);
    expect(await takeLock(join(folder, '.', 'LOCK'))).toEqual({ holder: process.pid });
    await release();
    expect(await readdir(folder)).toEqual([]);
    await (
      await take()
    )();
  });

  it('tells which other process holds it', async () => {
    await writeFile(path, `${process.ppid}\n`);
    expect(await takeLock(path)).toEqual({ holder: process.ppid });
    expect(await readFile(path, 'utf8')).toBe(`${process.ppid}\n`);
  });

  it.each(['999999999\n', `${process.pid}\n`, '', '-1', 'x'])(
    'takes over that of a process that is gone: %j',
    async (text) => {
      await writeFile(path, text);
      const release = await take();
      expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`);
      await release();
      expect(await readdir(folder)).toEqual([]);
    },
  );
});
