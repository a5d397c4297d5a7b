import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { fileError } from './file-error.js';
import { makeFolder } from './make-folder.js';
import { renameInto } from './put-in-place.js';

/**
 * Writes a file under a temporary name, flushes it to the disk and renames it into place: whatever moment the
 * power goes, there is the whole file or none. Makes the folder if it is missing. The first write of a process
 * in a folder removes what the writes of killed processes left there.
 *
 * @throws Error that names the file, and leaves nothing behind, when it cannot be written.
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
