import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { errorCode, makeFolder } from '@ramble/datasets';

import { processRuns } from './process-runs.js';
import { storageError } from './storage-error.js';

const LOCK = '.lock';
/** Locks that this process holds. */
const held = new Set<string>();

/**
 * Keeps other trainings out of a run's folder until the lock is released. The lock of a process
 * that no longer runs is taken over. It is advisory: only those who ask are kept out.
 *
 * @returns what releases it.
 * @throws Error when another process, or this one, holds it.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const path = join(resolve(folder), LOCK);
  const busy = (pid: number): Error =>
    new Error(
      `${folder}: expected no other training in it, got process ${pid}. If that is none, remove ${join(folder, LOCK)}`,
    );
  if (held.has(path)) throw busy(process.pid);
  held.add(path);
  try {
    await makeFolder(folder);
    while (!(await createLock(path))) {
      const pid = await holder(path);
      if (pid !== undefined) throw busy(pid);
      await removeStale(path);
    }
  } catch (error) {
    held.delete(path);
    throw storageError(folder, LOCK, error);
  }
  return async () => {
    await rm(path, { force: true });
    held.delete(path);
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
async function holder(path: string): Promise<number | undefined> {
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
  if ((await holder(aside)) === undefined) await rm(aside);
  else await rename(aside, path);
}
