import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { errorCode } from './file-error.js';
import { processRuns } from './process-runs.js';

/** A lock that was taken, or the process that has it. */
export type Lock = { readonly release: () => Promise<void> } | { readonly holder: number };

/** Locks that this process holds. */
const held = new Set<string>();

/**
 * Takes a lock: a file with the id of the process that holds it. The lock of a process that no longer
 * runs is taken over. It is advisory: only those who ask are kept out.
 *
 * @param file - In a folder that is there.
 * @returns what releases it, or the id of the process that holds it, which may be this one.
 * @throws what the file system says when the lock cannot be written.
 */
export async function takeLock(file: string): Promise<Lock> {
  const path = resolve(file);
  if (held.has(path)) return { holder: process.pid };
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
  return {
    release: async () => {
      await rm(path, { force: true });
      held.delete(path);
    },
  };
}

/** @returns false when there is one. */
async function createLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @returns the other process that holds the lock; `undefined` when none that runs does. */
async function holderOf(path: string): Promise<number | undefined> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  // Our own id is an earlier process's: in containers they begin at 1 each time.
  return pid > 0 && pid !== process.pid && processRuns(pid) ? pid : undefined;
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
