import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { makeFolder } from './make-folder.js';
import { processRuns } from './process-runs.js';

/** Names of what is not in place yet, or no longer. */
const PARTIAL = /^\.partial-(\d+)-\d+$/;
const inUse = new Set<string>();
let count = 0;

/**
 * Makes a file or folder under a temporary name and renames it into place: whatever moment the
 * power goes, what is there is whole. Folders on the way are made, and what earlier writes that
 * were cut short left beside it is removed.
 *
 * @param make - Makes and flushes it at the path it is given.
 */
export async function putInPlace(
  path: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  for (const made of await makeFolder(folder)) await flushFolder(dirname(made));
  await removeLeftovers(folder);
  await withTemporary(folder, async (temporary) => {
    await make(temporary);
    await rename(temporary, path);
    await flushFolder(folder);
  });
}

/** Removes a file or folder, all of it or, if the power goes, nothing that anyone sees. */
export async function takeAway(path: string): Promise<void> {
  const folder = dirname(path);
  await withTemporary(folder, async (temporary) => {
    await rename(path, temporary);
    await flushFolder(folder); // before its files go, one by one
  });
}

/** Makes the names in a folder as safe as the files' contents. */
export async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // which cannot, and need not
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What is left under the temporary name at the end is removed. */
async function withTemporary(
  folder: string,
  use: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = join(folder, `.partial-${process.pid}-${count++}`);
  inUse.add(temporary);
  try {
    await use(temporary);
  } finally {
    // The first error is the one to tell: a disk that turned read-only refuses this too.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    inUse.delete(temporary);
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(PARTIAL.exec(name)?.[1]);
    const path = join(folder, name);
    // An id of ours may be that of an earlier process: in containers they begin at 1 each time.
    const isLeft = pid === process.pid ? !inUse.has(path) : pid > 0 && !processRuns(pid);
    if (isLeft) await rm(path, { recursive: true, force: true });
  }
}
