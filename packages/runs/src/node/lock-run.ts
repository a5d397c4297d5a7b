import { join } from 'node:path';

import { makeFolder, takeLock } from '@ramble/node';

import { storageError } from './storage-error.js';

/** The file in a run's folder that says which process trains in it. */
export const LOCK = '.lock';

/**
 * Prevents other processes from training in a run's folder until the lock is released, as
 * `takeLock` does.
 *
 * @returns what releases it.
 * @throws Error when another process, or this one, holds it.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK);
  const take = async (): ReturnType<typeof takeLock> => {
    await makeFolder(folder);
    return takeLock(path);
  };
  const lock = await take().catch((error: unknown) => {
    throw storageError(folder, LOCK, error);
  });
  if ('release' in lock) return lock.release;
  throw new Error(
    `${folder}: expected no other training run in it, got ${lock.holder}. If it no longer runs, remove ${path}`,
  );
}

/**
 * Calls a function while the lock of a run's folder is held.
 *
 * @throws as `lockRun`; what `use` throws, even where the lock cannot be released any more.
 */
export async function whileLocked<T>(folder: string, use: () => Promise<T>): Promise<T> {
  const release = await lockRun(folder);
  let result: T;
  try {
    result = await use();
  } catch (error) {
    await release().catch(() => undefined); // the first error is the one to tell
    throw error;
  }
  await release();
  return result;
}
