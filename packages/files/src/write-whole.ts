import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { fileError } from './file-error.js';
import { makeFolder } from './make-folder.js';

/**
 * Writes a file under a temporary name, flushes it to the disk and renames it into place: whatever
 * moment the power goes, there is the whole file or none. Makes the folder where it is missing.
 *
 * @throws Error that names the file, and leaves nothing behind, when it cannot be written.
 */
export async function writeWhole(
  path: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await makeFolder(dirname(path));
    const handle = await open(partial, 'w+');
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined); // the first error is the one to tell
    throw fileError(path, error);
  }
}
