import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { exists, fileError, makeFolder, takeLock } from '@ramble/files';

export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Told once, in words, when another process fetches the same. */
  readonly onWait?: (reason: string) => void;
}

/** How often is looked whether the other is done. */
const WAIT_MS = 200;

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
  { signal, onWait }: WaitOptions,
  make: () => Promise<void>,
): Promise<void> {
  try {
    if (await exists(folder)) return;
    await makeFolder(dirname(folder));
    const lock = join(dirname(folder), `${name}.lock`);
    const tell = (holder: string): void =>
      onWait?.(
        `${name}: waiting for ${holder}, which is getting it. If it no longer runs, remove ${lock}`,
      );
    const release = await waitForLock(lock, tell, signal);
    try {
      if (!(await exists(folder))) await make();
    } finally {
      await release();
    }
  } catch (error) {
    throw fileError(folder, error);
  }
}

/** Takes a lock as soon as no other has it. */
async function waitForLock(
  path: string,
  tell: (holder: string) => void,
  signal?: AbortSignal,
): Promise<() => Promise<void>> {
  for (let waited = false; ; waited = true) {
    const lock = await takeLock(path);
    if ('release' in lock) return lock.release;
    if (!waited) tell(lock.holder);
    await setTimeout(WAIT_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}
