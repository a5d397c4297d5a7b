import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { link, lstat, open, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { clearInterval, setInterval } from 'node:timers'; // Deno's own have no unref

import { errorCode } from './file-error.js';
import { hasOpen, processRuns } from './process-runs.js';

/** A lock that was taken, or a description of its holder. */
export type Lock = { readonly release: () => Promise<void> } | { readonly holder: string };

/** Paths of this process's locks. */
const held = new Set<string>();

/**
 * Takes a lock: a file that names the process that holds it, and its host.
 *
 * The lock of a process of this host that no longer runs is taken over, and so is a lock from before a restart of the
 * host. A process of another container is invisible to this process: its lock counts for five minutes after the last
 * renewal, and its holder renews it every minute. The lock of another host remains, since its clock may differ. The
 * lock is advisory: it only keeps out processes that call `takeLock`. The holder keeps the file open, which
 * `confirmedPid` checks.
 *
 * @param file - Path of the lock in an existing folder.
 * @returns a function that releases the lock, or the process that holds it, which may be this one.
 * @throws the error of the file system if the lock cannot be written; Error if it is not a file.
 */
export async function takeLock(file: string): Promise<Lock> {
  const path = resolve(file);
  if (held.has(path)) return { holder: `process ${process.pid}` };
  held.add(path);
  try {
    while (!(await createLock(path))) {
      const found = await findLock(path);
      if (!found) continue; // it was released
      const holder = found.holder?.words ?? (await removeStale(path));
      if (holder !== undefined) {
        held.delete(path);
        return { holder };
      }
    }
  } catch (error) {
    held.delete(path);
    throw error;
  }
  // Windows removes no folder with an open file, and has no signals to confirm.
  const opened = process.platform === 'win32' ? undefined : await open(path).catch(() => undefined);
  const renewal = setInterval(() => void renew(path), RENEWAL_MS).unref();
  return {
    release: async () => {
      clearInterval(renewal);
      await opened?.close().catch(() => undefined); // it may be of a disk that is gone
      held.delete(path); // even if the file stays, because a lock of our own id is taken over
      await rm(path, { force: true });
    },
  };
}

/**
 * Creates a lock together with its content: an empty lock would look like the leftover of a crash.
 *
 * @returns false if the lock exists.
 */
async function createLock(path: string): Promise<boolean> {
  const content = `${thisHolder()}\n`;
  const draft = `${path}-${randomUUID()}`; // host names and ids can be the same in two containers
  try {
    await writeFile(draft, content);
    await link(draft, path).catch((error: unknown) => {
      if (!WITHOUT_LINKS.includes(errorCode(error) ?? '')) throw error;
      return writeFile(path, content, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true }).catch(() => undefined); // the first error is thrown, and this one ignored
  }
}

/** Error codes of file systems without hard links, such as FAT. */
const WITHOUT_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Returns the id of the confirmed holder of a lock, the only process that may be signalled; `undefined` if none is
 * confirmed. Anyone can write or copy a lock that names any process, so the process itself must agree: it started
 * when the lock says, and it has this very file open. A file with a second name (a hard link) is not confirmed,
 * because the process could have opened it in another folder.
 *
 * @throws Error if the lock is not a file.
 */
export async function confirmedPid(file: string): Promise<number | undefined> {
  const path = resolve(file);
  await checkFile(path);
  const text = await readFile(path, 'utf8').catch(() => '');
  const isOnlyName = (await lstat(path).catch(() => undefined))?.nlink === 1;
  const pid = isOnlyName ? namedProcess(text) : undefined;
  return pid !== undefined && (await hasOpen(pid, path)) ? pid : undefined;
}

/**
 * Returns the running process that holds a lock, and leaves the lock unchanged; `undefined` if no process holds it.
 *
 * @throws Error if the lock is not a file.
 */
export async function readLock(file: string): Promise<LockHolder | undefined> {
  const path = resolve(file);
  if (held.has(path)) return { words: `process ${process.pid}`, pid: process.pid };
  return (await findLock(path))?.holder;
}

/** Returns an existing lock, without a holder if the process that holds it no longer runs; else `undefined`. */
async function findLock(path: string): Promise<{ readonly holder?: LockHolder } | undefined> {
  const changedMs = await checkFile(path);
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    errorCode(error) === 'ENOENT' ? undefined : '',
  );
  return text === undefined ? undefined : { holder: runningHolder(text, Date.now() - changedMs) };
}

async function renew(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // it may be gone, or of a disk that is
}

/**
 * Checks that a lock is a file, because reading a pipe would wait for its writer.
 *
 * @returns the time at which the file was last written or renewed, in ms since 1970; 0 if it does not exist.
 */
async function checkFile(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats || stats.isFile()) return stats?.mtimeMs ?? 0;
  const got = stats.isDirectory() ? 'a folder' : 'something else';
  throw new Error(`${path}: expected a file, got ${got}`);
}

/**
 * Removes a lock that no process holds. It takes a second lock for that: without one, the slower of two processes
 * that find the stale lock could remove the new lock of the faster one.
 *
 * @returns a description of the process that is removing the lock, or that holds it by now; otherwise `undefined`.
 */
async function removeStale(path: string): Promise<string | undefined> {
  const removal = await takeLock(`${path}-removal`);
  if ('holder' in removal) return removal.holder;
  try {
    const found = await findLock(path);
    // An unheld lock does not change meanwhile: no other process has the right to remove it.
    if (found && found.holder === undefined) await rm(path, { force: true });
    return found?.holder?.words;
  } finally {
    await removal.release();
  }
}

/** Interval in milliseconds at which the holder of a lock renews it. */
const RENEWAL_MS = 60_000;
/** Milliseconds without renewal after which a lock of another container counts as abandoned. */
const STALE_MS = 5 * RENEWAL_MS;

const UNKNOWN = 'unknown';
const HOST = hostname().replaceAll(/\s/g, '-') || UNKNOWN;
const BOOT = read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
/** Id of the pid namespace, which distinguishes containers of one machine with the same boot. */
const NAMESPACE = read(() => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]);

/** Content of the lock file of this process: its id, host, boot, pid namespace and start. */
export function thisHolder(): string {
  return [process.pid, HOST, BOOT, NAMESPACE, startOf(process.pid)].join(' ');
}

/** The process that holds a lock. */
export interface LockHolder {
  /** The process in words: `process 7 of the host "a"`. */
  readonly words: string;
  /** Id of the process, if it is on this machine and visible to this process. */
  readonly pid?: number;
}

/**
 * Returns the process that holds a lock; `undefined` if it no longer runs.
 *
 * @param text - Content of the lock file. Earlier versions wrote the id alone, or id, host and boot.
 * @param ageMs - Milliseconds since the lock was written or renewed.
 */
export function runningHolder(text: string, ageMs: number): LockHolder | undefined {
  const parts = text.trim().split(' ');
  const [id, host = HOST, boot = BOOT, namespace = NAMESPACE, start = UNKNOWN] = parts;
  if (!/^[1-9]\d*$/.test(id)) return undefined;
  const pid = Number(id);
  if (host !== HOST) return { words: `process ${id} of the host ${JSON.stringify(host)}` };
  if (boot !== BOOT) return undefined; // it ended with the power
  if (namespace !== NAMESPACE) {
    return ageMs < STALE_MS ? { words: `process ${id} of another container` } : undefined;
  }
  // Our own id is an earlier process's: in containers they begin at 1 each time.
  if (pid === process.pid || !processRuns(pid)) return undefined;
  const now = startOf(pid);
  const isAnother = start !== UNKNOWN && now !== UNKNOWN && start !== now;
  return isAnother ? undefined : { words: `process ${id}`, pid };
}

/**
 * Returns the id of the process that a lock names, if that process is of this host, boot and container and started
 * at the time in the lock; `undefined` if any of these differs or is missing.
 */
function namedProcess(text: string): number | undefined {
  const [id, host, boot, namespace, start] = text.trim().split(' ');
  const isHere = host === HOST && boot === BOOT && namespace === NAMESPACE;
  if (!isHere || !/^[1-9]\d*$/.test(id)) return undefined;
  return start === startOf(Number(id)) ? Number(id) : undefined;
}

/** Returns the start of a process, in ticks since the boot. It identifies the process, because ids are used again. */
function startOf(pid: number): string {
  return read(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]; // field 22; the second is a name
  });
}

/** Returns the text of a system file, or `UNKNOWN` if it cannot be read. */
function read(from: () => string | undefined): string {
  try {
    return from() ?? UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}
