import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import {
  copyFile,
  link,
  mkdtemp,
  readdir,
  readFile,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { hasOpen } from './process-runs.js';
import { confirmedPid, readLock, takeLock } from './take-lock.js';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const BOOT = existsSync(BOOT_ID) ? readFileSync(BOOT_ID, 'utf8').trim() : 'unknown';

const HOST = hostname().replaceAll(/\s/g, '-');

const onLinux = existsSync('/proc/self/ns/pid') ? it : it.skip;

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
  throw new Error(`lock: expected a free one, got one of ${lock.holder}`);
}

describe('readLock', () => {
  it('reports who holds a lock and which process may be signalled, and changes nothing', async () => {
    expect(await readLock(path)).toBeUndefined();
    await writeFile(path, `${process.ppid}\n`);
    expect(await readLock(path)).toEqual({ words: `process ${process.ppid}`, pid: process.ppid });
    await writeFile(path, `${process.ppid} other-host ${BOOT}\n`);
    expect(await readLock(path)).toEqual({
      words: `process ${process.ppid} of the host "other-host"`,
    });
    await writeFile(path, '999999999\n');
    expect(await readLock(path)).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe('999999999\n');
    const release = await take();
    expect(await readLock(path)).toEqual({ words: `process ${process.pid}`, pid: process.pid });
    await release();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('takeLock', () => {
  it('is held by one process, and leaves no file', async () => {
    const release = await take();
    expect(await readFile(path, 'utf8')).toMatch(new RegExp(`^${process.pid}( \\S+){4}\n$`));
    expect(await takeLock(join(folder, '.', 'LOCK'))).toEqual({ holder: `process ${process.pid}` });
    await release();
    expect(await readdir(folder)).toEqual([]);
    await (
      await take()
    )();
  });

  it('reports which other process holds it', async () => {
    await writeFile(path, `${process.ppid}\n`);
    expect(await takeLock(path)).toEqual({ holder: `process ${process.ppid}` });
    expect(await readFile(path, 'utf8')).toBe(`${process.ppid}\n`);
  });

  it('remains with another host or container, even if a process here has its id', async () => {
    for (const pid of [process.pid, 999999999]) {
      await writeFile(path, `${pid} other-host ${BOOT}\n`);
      expect(await takeLock(path)).toEqual({ holder: `process ${pid} of the host "other-host"` });
    }
  });

  it('is taken over if it is from before a restart of this host', async () => {
    await writeFile(path, `${process.ppid} ${hostname()} another-boot\n`);
    await (
      await take()
    )();
    await writeFile(path, `${process.ppid} ${hostname()} ${BOOT}\n`);
    expect(await takeLock(path)).toEqual({ holder: `process ${process.ppid}` });
  });

  it("is another container's of this host until it was not renewed for five minutes", async () => {
    for (const pid of [process.pid, process.ppid, 999999999]) {
      await writeFile(path, `${pid} ${HOST} ${BOOT} 4026000000 77\n`);
      expect(await takeLock(path)).toEqual({ holder: `process ${pid} of another container` });
    }
    const before = new Date(Date.now() - 301_000);
    await utimes(path, before, before);
    await (
      await take()
    )();
  });

  onLinux('is taken over where its id is that of a later process', async () => {
    const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0];
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    const start = stat.slice(stat.lastIndexOf(')')).split(' ')[20]; // of proc(5), the 22nd
    const written = [process.ppid, HOST, BOOT, namespace].join(' ');
    await writeFile(path, `${written} ${start}\n`);
    expect(await takeLock(path)).toEqual({ holder: `process ${process.ppid}` });
    await writeFile(path, `${written} ${Number(start) - 1}\n`);
    await (
      await take()
    )();
  });

  it('is left to the process that is removing it already', async () => {
    await writeFile(path, '999999999\n');
    await writeFile(`${path}-removal`, `${process.ppid}\n`);
    expect(await takeLock(path)).toEqual({ holder: `process ${process.ppid}` });
    expect(await readFile(path, 'utf8')).toBe('999999999\n');
    await rm(`${path}-removal`);
    await (
      await take()
    )();
  });

  it('is taken over from a process that ended while it removed one', async () => {
    await writeFile(path, '999999999\n');
    await writeFile(`${path}-removal`, '999999999\n');
    await (
      await take()
    )();
    expect(await readdir(folder)).toEqual([]);
  });

  (process.platform === 'linux' ? it : it.skip)(
    'is no pipe, which would be waited for',
    async () => {
      execFileSync('mkfifo', [path]);
      await expect(takeLock(path)).rejects.toThrow(
        new Error(`${path}: expected a file, got something else`),
      );
    },
  );

  it.each(['999999999\n', `${process.pid}\n`, '', '-1', 'x'])(
    'takes over the lock of a process that is gone: %j',
    async (text) => {
      await writeFile(path, text);
      const release = await take();
      expect(await readFile(path, 'utf8')).toMatch(new RegExp(`^${process.pid}( \\S+){4}\n$`));
      await release();
      expect(await readdir(folder)).toEqual([]);
    },
  );
});

(process.platform === 'win32' ? describe.skip : describe)('confirmedPid', () => {
  it('returns the process that took a lock, until it is released', async () => {
    expect(await confirmedPid(path)).toBeUndefined();
    const release = await take();
    expect(await confirmedPid(path)).toBe(process.pid);
    await release();
    expect(await confirmedPid(path)).toBeUndefined();
  });

  it('returns undefined for a lock that was copied, or changed in one part', async () => {
    const release = await take();
    const copy = join(folder, 'COPY');
    await copyFile(path, copy);
    expect(await confirmedPid(copy)).toBeUndefined();
    const parts = (await readFile(path, 'utf8')).trim().split(' ');
    const pids = [process.ppid, 1, 0, -1, -process.pid, 999_999_999];
    const texts = [
      `${process.pid}`,
      `${process.pid} ${HOST} ${BOOT}`,
      ...pids.map((pid) => [pid, ...parts.slice(1)].join(' ')),
      ...parts.map((_, i) => parts.map((part, j) => (i === j ? `1${part}` : part)).join(' ')),
    ];
    for (const text of texts) {
      await writeFile(path, `${text}\n`);
      expect(await confirmedPid(path)).toBeUndefined();
    }
    await release();
  });

  it('returns undefined for a lock with a second name', async () => {
    const release = await take();
    await link(path, join(folder, 'COPY'));
    expect(await confirmedPid(join(folder, 'COPY'))).toBeUndefined();
    await rm(join(folder, 'COPY'));
    expect(await confirmedPid(path)).toBe(process.pid);
    await release();
  });

  onLinux(
    'returns nothing for a process that reads the file and started at another time',
    async () => {
      const release = await take();
      const parts = (await readFile(path, 'utf8')).trim().split(' ').slice(1, 4);
      await release();
      await writeFile(path, '');
      const child = spawn('tail', ['-f', path], { stdio: 'ignore' });
      try {
        const pid = child.pid!;
        while (!(await hasOpen(pid, path)));
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const start = stat.slice(stat.lastIndexOf(')')).split(' ')[20]; // of proc(5), the 22nd
        for (const [written, expected] of [
          [start, pid],
          [`${Number(start) - 1}`],
          ['unknown'],
          [''],
        ] as const) {
          await writeFile(path, `${[pid, ...parts, written].join(' ')}\n`);
          expect(await confirmedPid(path)).toBe(expected);
        }
        expect(await hasOpen(1, path)).toBe(false);
      } finally {
        child.kill();
        await once(child, 'exit');
      }
    },
  );
});
