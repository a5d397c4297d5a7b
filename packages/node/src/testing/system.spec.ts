import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { asNobody, markedProcesses, mountSmallDisk, spawnTypescript } from './system.js';

describe('asNobody', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ramble-nobody-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("runs without root's rights, and restores them after an error", async () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'x', { mode: 0o000 });
    const user = process.geteuid?.();
    await expect(asNobody(() => readFile(path))).rejects.toMatchObject({ code: 'EACCES' });
    expect(process.geteuid?.()).toBe(user);
  });

  it('returns the result of the function', async () => {
    expect(await asNobody(() => Promise.resolve(7))).toBe(7);
  });
});

describe('markedProcesses', () => {
  it('finds the processes that have a variable, until they end', async () => {
    const value = `${process.pid} a=b`;
    const env = { ...process.env, RAMBLE_MARK: value };
    const child = spawn(process.execPath, ['-e', 'console.log(); process.stdin.resume()'], { env });
    await once(child.stdout, 'data');
    const [found, ...others] = markedProcesses('RAMBLE_MARK', value);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ id: child.pid, env: { RAMBLE_MARK: value } });
    expect(markedProcesses('RAMBLE_MARK', 'another')).toEqual([]);
    child.kill();
    await once(child, 'close');
    expect(markedProcesses('RAMBLE_MARK', value)).toEqual([]);
  });
});

const disk = mountSmallDisk(); // only root may have it
disk?.unmount();

describe('mountSmallDisk', () => {
  (disk ? it : it.skip)('is full at a megabyte and gone when it is unmounted', () => {
    const { folder, unmount } = mountSmallDisk()!;
    try {
      const write = (): void => {
        writeFileSync(join(folder, 'large'), Buffer.alloc(2 ** 21));
      };
      expect(write).toThrow(expect.objectContaining({ code: 'ENOSPC' }) as Error);
    } finally {
      unmount();
    }
    expect(existsSync(folder)).toBe(false);
  });
});

describe('spawnTypescript', () => {
  it('runs a program in TypeScript with its arguments', async () => {
    const child = spawnTypescript(new URL('../../test/say.ts', import.meta.url), 'two', 'words');
    expect(await text(child.stdout)).toBe('two words\n');
  });
});
