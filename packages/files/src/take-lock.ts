import { lstat, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { clearInterval, setInterval } from 'node:timers'; // Deno's own have no unref

import { errorCode } from './file-error.js';
import { RENEWAL_MS, runningHolder, thisHolder } from './lock-holder.js';

/** A lock that was taken, or who has it, in words. */
export type Lock = { readonly release: () => Promise<void> } | { readonly holder: string };

/** Locks that this process holds. */
const held = new Set<string>();

/**
 * Takes a lock: a file that says which process holds it, on which host. The lock of a process of this host
 * that no longer runs is taken over, and one from before the host started anew. Whether a process of
 * another container runs cannot be seen here: its lock counts for five minutes after its holder last
 * renewed it, which it does every minute. The lock of another host stays, as its clock may differ. It is
 * advisory: only those who ask are kept out.
 *
 * @param file - In a folder that is there.
 * @returns what releases it, or the process that holds it, which may be this one.
 * @throws what the file system says when the lock cannot be written; Error when it is no file.
 */
export async function takeLock(file: string): Promise<Lock> {
  const path = resolve(file);
  if (held.has(path)) return { holder: `process ${process.pid}` };
  held.add(path);
  try {
    while (!(await createLock(path))) {
      const holder = await holderOf(path);
      if (holder !== undefined) {
        held.delete(path);
        return { holder };
      }
      await removeStale(path);
    }
  } catch (error) {
    held.delete(path);
    throw error;
  }
  const renewal = setInterval(() => void renew(path), RENEWAL_MS).unref();
  return {
    release: async () => {
      clearInterval(renewal);
      held.delete(path); // even where the file stays: a lock of our own id is taken over
      await rm(path, { force: true });
    },
  };
}

/** @returns false when there is one. */
async function createLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${thisHolder()}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @returns the other process that holds the lock; `undefined` when none that runs does. */
async function holderOf(path: string): Promise<string | undefined> {
  const changedMs = await checkFile(path);
  const text = await readFile(path, 'utf8').catch(() => '');
  return runningHolder(text, Date.now() - changedMs);
}

async function renew(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // it may be gone, or of a disk that is
}

/**
 * Reading a pipe would wait for its writer.
 *
 * @returns when the file was last written or renewed.
 */
async function checkFile(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats || stats.isFile()) return stats?.mtimeMs ?? 0;
  throw new Error(
    `${path}: expected a file, got ${stats.isDirectory() ? 'a folder' : 'something else'}`,
  );
}

/** Of two processes that find the same stale lock, neither removes the new one of the other. */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}-${process.pid}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return; // the other was faster
    throw error;
  }
  if ((await holderOf(aside)) === undefined) await rm(aside);
  else await rename(aside, path);
}
