import { setTimeout } from 'node:timers/promises';

import { takeLock } from '@ramble/node';

export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Told once, in words, when another process fetches the same. */
  readonly onWait?: (reason: string) => void;
}

/** Interval between looks whether the other process is done. */
const WAIT_MS = 200;

/**
 * Runs something while no other process holds the lock.
 *
 * @param name - What is fetched, for the message to those who wait.
 * @param lock - Path of the lock, in a folder that is there.
 */
export async function withLock<T>(
  name: string,
  lock: string,
  { signal, onWait }: WaitOptions,
  run: () => Promise<T>,
): Promise<T> {
  const tell = (holder: string): void =>
    onWait?.(
      `${name}: waiting for ${holder}, which is getting it. If it no longer runs, remove ${lock}`,
    );
  const release = await waitForLock(lock, tell, signal);
  try {
    return await run();
  } finally {
    await release();
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
