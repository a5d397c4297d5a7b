import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import {
  confirmedPid,
  errorCode,
  type LockHolder,
  makeFolder,
  readLock,
  takeLock,
} from '@ramble/node';

import type { LoadOptions } from '../run/load-run.js';
import type { RunStorage } from '../storage/run-storage.js';
import { folderStorage, storageError } from './folder-storage.js';

/** Maximum depth of folders that are searched: runs may be sorted by project and experiment. */
const DEPTH = 4;

/**
 * Returns the paths of the runs in a folder, relative to it, with `/` between names, sorted. It searches up to 4
 * levels of folders. Symbolic links, folders whose name begins with a dot, and the folders inside a run are skipped.
 *
 * @throws Error if the folder itself cannot be read.
 */
export async function findRuns(folder: string): Promise<string[]> {
  return (await at(folder, '', runsBelow(folder, '', DEPTH))).sort();
}

async function runsBelow(folder: string, name: string, depth: number): Promise<string[]> {
  const entries = await readdir(join(folder, name), { withFileTypes: true });
  if (name !== '' && entries.some((entry) => entry.name === 'run.json')) return [name];
  if (depth === 0) return [];
  const inside = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => {
      const path = name === '' ? entry.name : `${name}/${entry.name}`;
      return runsBelow(folder, path, depth - 1).catch(passOver);
    });
  return (await Promise.all(inside)).flat();
}

/** Returns no runs for a folder that was removed meanwhile or is not readable; throws other errors. */
function passOver(error: unknown): string[] {
  if (['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR'].includes(errorCode(error) ?? '')) return [];
  throw error;
}

/**
 * Finds the run that `--model` names: `RUN` is a run's best checkpoint, `RUN/checkpoints/2000` is the
 * checkpoint of a step.
 *
 * @returns arguments for `loadRun`.
 */
export function findRun(path: string): { storage: RunStorage } & LoadOptions {
  const match = /^(?:(.*)[\\/])?checkpoints[\\/](\d+)[\\/]?$/.exec(path);
  if (!match) return { storage: folderStorage(path) };
  const [, folder = '.', step] = match;
  return { storage: folderStorage(folder === '' ? '/' : folder), step: Number(step) };
}

/**
 * Returns the running process that holds the lock of a run's folder, in order to train in it; `undefined` if none
 * does. Leaves the lock unchanged.
 *
 * @throws Error that names the lock, if it cannot be read.
 */
export async function runHolder(folder: string): Promise<LockHolder | undefined> {
  return at(folder, LOCK, readLock(join(folder, LOCK)));
}

/**
 * Returns the id of the process that trains in a run's folder, if it is confirmed: the process started at the time in
 * the lock and has the lock file open. Otherwise, returns `undefined`, because anyone can write a lock file that
 * names a process.
 *
 * @throws Error that names the lock, if it cannot be read.
 */
export async function confirmedTrainer(folder: string): Promise<number | undefined> {
  return at(folder, LOCK, confirmedPid(join(folder, LOCK)));
}

/** Returns the result of an operation on a path of a run; its errors name the path. */
function at<T>(folder: string, path: string, result: Promise<T>): Promise<T> {
  return result.catch((error: unknown) => {
    throw storageError(folder, path, error);
  });
}

/** Name of the file in a run's folder that identifies the process that trains in it. */
const LOCK = '.lock';

/**
 * Takes the lock of a run's folder, so that no other process trains in it until the lock is released. The lock is
 * advisory: it stops only processes that take it, too.
 *
 * @returns a function that releases the lock.
 * @throws Error if this process or another one holds the lock already.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK);
  const take = async (): ReturnType<typeof takeLock> => {
    await makeFolder(folder);
    return takeLock(path);
  };
  const lock = await at(folder, LOCK, take());
  if ('release' in lock) return lock.release;
  throw new Error(
    `${folder}: expected no other training run in it, got ${lock.holder}. If it no longer runs, remove ${path}`,
  );
}

/**
 * Calls a function while holding the lock of a run's folder.
 *
 * @throws as `lockRun`; the error of `use`, even if the lock can no longer be released.
 */
export async function whileLocked<T>(folder: string, use: () => Promise<T>): Promise<T> {
  const release = await lockRun(folder);
  let result: T;
  try {
    result = await use();
  } catch (error) {
    await release().catch(() => undefined); // the first error is the one to report
    throw error;
  }
  await release();
  return result;
}
