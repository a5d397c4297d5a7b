import { readFileSync } from 'node:fs';
import { lstat, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';

import { errorCode } from './file-error.js';
import { processRuns } from './process-runs.js';

/** A lock that was taken, or who has it, in words. */
export type Lock = { readonly release: () => Promise<void> } | { readonly holder: string };

const HOST = hostname().replaceAll(/\s/g, '-') || 'unknown';
const BOOT = bootId();

/** Locks that this process holds. */
const held = new Set<string>();

/**
 * Takes a lock: a file with the id of the process that holds it, its host and the boot of that. The
 * lock of a process of this host that no longer runs is taken over, and one from before it started
 * anew. Nobody here can tell whether a process of another host runs, or of another container, which
 * has a host name of its own: its lock stays. It is advisory: only those who ask are kept out.
 *
 * @param file - In a folder that is there.
 * @returns what releases it, or the process that holds it, which may be this one.
 * @throws what the file system says when the lock cannot be written; Error when it is no file.
 */
export async function takeLock(file: string): Promise<Lock> {
  const path = resolve(file);
  if (held.has(path)) return { holder: `process ${process.pid}` };
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
      held.delete(path); // even where the file stays: a lock of our own id is taken over
      await rm(path, { force: true });
    },
  };
}

/** @returns false when there is one. */
async function createLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid} ${HOST} ${BOOT}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @returns the other process that holds the lock; `undefined` when none that runs does. */
async function holderOf(path: string): Promise<string | undefined> {
  await checkFile(path);
  const text = await readFile(path, 'utf8').catch(() => '');
  // Earlier versions wrote the id alone.
  const [id, host = HOST, boot = BOOT] = text.trim().split(' ');
  const pid = Number(id);
  if (pid > 0 && host !== HOST) return `process ${id} of the host ${JSON.stringify(host)}`;
  if (boot !== BOOT) return undefined; // it ended with the power
  // Our own id is an earlier process's: in containers they begin at 1 each time.
  return pid > 0 && pid !== process.pid && processRuns(pid) ? `process ${pid}` : undefined;
}

/** Reading a pipe would wait for its writer. */
async function checkFile(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats || stats.isFile()) return;
  throw new Error(
    `${path}: expected a file, got ${stats.isDirectory() ? 'a folder' : 'something else'}`,
  );
}

/** What tells a start of this machine from the others, where the system says it. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
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
