import { join } from 'node:path';

import { confirmedPid, type LockHolder, readLock } from '@ramble/node';

import { LOCK } from './lock-run.js';
import { storageError } from './storage-error.js';

/**
 * The running process that trains in a run's folder, if one does; its lock stays as it is.
 *
 * @throws Error that names the lock, when it cannot be read.
 */
export async function runHolder(folder: string): Promise<LockHolder | undefined> {
  return readLock(join(folder, LOCK)).catch((error: unknown) => {
    throw storageError(folder, LOCK, error);
  });
}

/**
 * Returns the id of the process that certainly trains in a run's folder, as `confirmedPid` does;
 * `undefined` for a lock that anyone may have written.
 *
 * @throws Error that names the lock, when it cannot be read.
 */
export async function confirmedTrainer(folder: string): Promise<number | undefined> {
  return confirmedPid(join(folder, LOCK)).catch((error: unknown) => {
    throw storageError(folder, LOCK, error);
  });
}
