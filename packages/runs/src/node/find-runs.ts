import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { errorCode } from '@ramble/node';

import { storageError } from './storage-error.js';

/** Levels of folders that are looked into: runs may be kept by project and experiment. */
const DEPTH = 4;

/**
 * Finds the runs below a folder: their paths in it, with `/` between names, sorted. Links are not followed,
 * folders whose name begins with a dot are passed over, and so is what is inside a run.
 *
 * @throws Error when the folder itself cannot be read.
 */
export async function findRuns(folder: string): Promise<string[]> {
  const names = await runsBelow(folder, '', DEPTH).catch((error: unknown) => {
    throw storageError(folder, '', error);
  });
  return names.sort();
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

/** A folder may be removed meanwhile, or belong to somebody else. */
function passOver(error: unknown): string[] {
  if (['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR'].includes(errorCode(error) ?? '')) return [];
  throw error;
}
