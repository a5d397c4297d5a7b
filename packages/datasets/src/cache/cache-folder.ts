import { homedir, userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { shownValue } from '@ramble/core/files';
import { exists, fileError, makeFolder, takeLock } from '@ramble/node';

export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Called once with a message for the user, if this process waits because another process fetches the same data. */
  readonly onWait?: (reason: string) => void;
}

/** Interval in milliseconds for checking whether the process that holds a lock has released it. */
const WAIT_MS = 200;

/**
 * Runs a function while holding a lock, which excludes other processes.
 *
 * @param name - Name of the data that is fetched, for the message to processes that wait.
 * @param lock - Path of the lock, in an existing folder.
 */
export async function withLock<T>(
  name: string,
  lock: string,
  { signal, onWait }: WaitOptions,
  run: () => Promise<T>,
): Promise<T> {
  const report = (holder: string): void =>
    onWait?.(
      `${name}: waiting for ${holder}, which is getting it. If it no longer runs, remove ${lock}`,
    );
  const release = await waitForLock(lock, report, signal);
  try {
    return await run();
  } finally {
    await release();
  }
}

/** Takes a lock as soon as no other process holds it, and returns a function that releases it. */
async function waitForLock(
  path: string,
  report: (holder: string) => void,
  signal?: AbortSignal,
): Promise<() => Promise<void>> {
  for (let waited = false; ; waited = true) {
    const lock = await takeLock(path);
    if ('release' in lock) return lock.release;
    if (!waited) report(lock.holder);
    await setTimeout(WAIT_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/**
 * Makes a folder of the cache in one process at a time, so that no process removes another's downloads. Processes
 * that waited find the folder complete. If it is missing, the next process makes it.
 *
 * @param name - Name of the data that is fetched. Folders for different versions of it are made one after another.
 * @throws Error that names the folder; errors of `make`.
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

/**
 * Returns the folder for corpora and token files: `$RAMBLE_CACHE`, else `$XDG_CACHE_HOME/ramble`, else
 * `~/.cache/ramble`.
 *
 * @throws Error if the home folder is also unknown.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/ (a relative path is ignored)
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { RAMBLE_CACHE: own = '', XDG_CACHE_HOME: shared = '' } = environment;
  if (own !== '') return own;
  return join(isAbsolute(shared) ? shared : join(homeFolder(), '.cache'), 'ramble');
}

/**
 * Returns `$HOME`, or the user's home folder if `$HOME` is empty or relative, because the cache would then be
 * in the current folder.
 *
 * @throws Error if the system knows no home folder, as for a user without an entry in a container.
 */
export function homeFolder(home = homedir(), known = knownHome): string {
  const folder = isAbsolute(home) ? home : known();
  if (isAbsolute(folder)) return folder;
  throw new Error(
    `HOME: expected the absolute path of a home folder, which holds the cache, got ${shownValue(home)}`,
  );
}

function knownHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '';
  }
}
