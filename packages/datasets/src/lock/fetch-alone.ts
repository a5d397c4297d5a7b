import { dirname, join } from 'node:path';

import { exists, fileError, makeFolder } from '@ramble/node';

import { type WaitOptions, withLock } from './with-lock.js';

/**
 * Lets one process at a time make a folder of the cache, so that none removes another's downloads.
 * Those that wait find it there; where it was not made after all, the next one does it.
 *
 * @param name - What is fetched: its folders, of several versions, are made one after the other.
 * @throws Error that names the folder, and what `make` throws.
 */
export async function fetchAlone(
  name: string,
  folder: string,
  options: WaitOptions,
  make: () => Promise<void>,
): Promise<void> {
  try {
    if (await exists(folder)) return;
    await makeFolder(dirname(folder));
    await withLock(name, join(dirname(folder), `${name}.lock`), options, async () => {
      if (!(await exists(folder))) await make();
    });
  } catch (error) {
    throw fileError(folder, error);
  }
}
