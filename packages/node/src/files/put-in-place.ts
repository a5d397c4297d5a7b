import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { errorCode, fileError, isFolder } from './file-error.js';
import { processRuns } from './process-runs.js';
import { runningHolder, thisHolder } from './take-lock.js';

/**
 * Matches temporary names of files and folders that are being written or removed:
 * `.partial-N-PID,HOST,BOOT,NAMESPACE,START`.
 */
const PARTIAL = /^\.partial-\d+-(\d+(?:,[^,]+){4})$/;
/** Matches the temporary names of earlier versions of ramble, which are only in folders of runs. */
const EARLIER = /^\.partial-(\d+)-\d+$/;
/**
 * Milliseconds without a change after which a write by another container counts as ended: its processes are
 * invisible.
 */
const IDLE_MS = 24 * 3600 * 1000;
/**
 * Milliseconds without a change after which a write by another host, whose clock may differ, counts as ended. Each
 * Docker container has its own host name.
 */
const HOST_IDLE_MS = 7 * IDLE_MS;
/**
 * Folders whose leftovers this process has removed. It does so only once, because reading a folder takes time for
 * each name.
 */
const cleaned = new Set<string>();
const inUse = new Set<string>();
let count = 0;

/**
 * Makes a file or folder under a temporary name and renames it into place. If the power fails at any moment, the path
 * has its old or its new content, never a part of it. Missing parent folders are made. The first write of a process
 * in a folder removes the leftovers of killed processes, as far as it has permission.
 *
 * @param make - Makes and flushes the file or folder at the given path.
 */
export async function putInPlace(
  path: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  for (const made of await makeFolder(folder)) await flushFolder(dirname(made));
  await renameInto(path, make);
  await flushFolder(folder);
}

/**
 * Makes a file or folder under a temporary name and renames it. Its folder must exist. After a
 * power failure the path may still have its earlier content; this takes a tenth of the time of
 * `putInPlace`.
 */
async function renameInto(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  await removeLeftovers(folder);
  await withTemporary(folder, async (temporary) => {
    await make(temporary);
    await rename(temporary, path);
  });
}

/** Removes a file or folder. After a power failure, the path is either whole or gone. */
export async function takeAway(path: string): Promise<void> {
  const folder = dirname(path);
  await withTemporary(folder, async (temporary) => {
    await rename(path, temporary);
    await flushFolder(folder); // before its files go, one by one
  });
}

/** Flushes the names in a folder to the disk, so that they are as safe as its files. */
export async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // Windows cannot flush folders, and need not
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Calls a function with a temporary path in a folder, and removes the path at the end. If the process is killed,
 * the first `putInPlace` of a later process in that folder removes it.
 */
export async function withTemporary(
  folder: string,
  use: (temporary: string) => Promise<void>,
): Promise<void> {
  const holder = thisHolder().split(' ').map(encodeURIComponent).join();
  const temporary = join(folder, `.partial-${count++}-${holder}`);
  inUse.add(temporary);
  try {
    await use(temporary);
  } finally {
    // The first error is thrown: a disk that turned read-only refuses this too.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    inUse.delete(temporary);
  }
}

/** Removes what killed processes left in a folder, once per process. An error here must not fail a write. */
async function removeLeftovers(folder: string): Promise<void> {
  const key = resolve(folder);
  if (cleaned.has(key)) return;
  cleaned.add(key);
  // A folder may be writable and not readable, and a file may belong to another user.
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith('.partial-'))) {
    const path = join(folder, name);
    if (await isLeft(path, name)) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

/** Whether the process that made a temporary file has ended, as far as this process can see. */
async function isLeft(path: string, name: string): Promise<boolean> {
  if (inUse.has(path)) return false;
  const earlier = Number(EARLIER.exec(name)?.[1]);
  // An id of this process may have been an earlier one's: in containers ids begin at 1 each time.
  if (earlier > 0) return earlier === process.pid || !processRuns(earlier);
  const parts = PARTIAL.exec(name)?.[1].split(',');
  if (!parts) return false;
  const text = parts.map(decoded).join(' ');
  if (text === thisHolder()) return false; // of another thread
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  const idleMs = Date.now() - mtimeMs;
  const holder = runningHolder(text, idleMs - IDLE_MS);
  return holder === undefined || (holder.pid === undefined && idleMs > HOST_IDLE_MS);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // not a name of this format
  }
}

/**
 * Writes a file under a temporary name, flushes it to the disk and renames it into place. If the
 * power fails at any moment, the path has the whole file or none. Makes the folder if it is
 * missing. The first write of a process in a folder removes the leftovers of killed processes.
 *
 * @throws Error that names the file if it cannot be written; no partial file remains then.
 */
export async function writeWhole(
  path: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await renameInto(path, async (temporary) => {
      const handle = await open(temporary, 'wx+');
      try {
        await write(handle);
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  } catch (error) {
    throw fileError(path, error);
  }
}

/**
 * Makes a folder and its missing parents. Unlike `mkdir` with `recursive`, it ends if the file
 * system refuses new folders with the error that their parent does not exist, as `/proc` does: Node
 * 20 then tries for ever.
 *
 * @returns the new folders, the outermost first.
 */
export async function makeFolder(path: string): Promise<string[]> {
  try {
    return await makeOne(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  const above = await makeFolder(dirname(path));
  try {
    return [...above, ...(await makeOne(path))];
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new Error(
      `${path}: expected a parent where folders can be created, got ${dirname(path)}`,
      {
        cause: error,
      },
    );
  }
}

async function makeOne(path: string): Promise<string[]> {
  try {
    await mkdir(path);
    return [path];
  } catch (error) {
    if (await isFolder(path)) return [];
    throw error;
  }
}
