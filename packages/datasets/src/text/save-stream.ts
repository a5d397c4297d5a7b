import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { fileError } from '../file-error.js';

/**
 * Saves what can be read only once, such as standard input, as a file named for its sha256, so that
 * a tokenizer can learn from it and it can be read again.
 *
 * @param folder - made where it is missing
 * @returns the path of the file, `FOLDER/SHA256.txt`
 */
export async function saveStream(
  chunks: AsyncIterable<Uint8Array>,
  folder: string,
): Promise<string> {
  const partial = join(folder, `${process.pid}.partial`);
  const hash = createHash('sha256');
  try {
    await mkdir(folder, { recursive: true });
    const handle = await open(partial, 'w');
    try {
      for await (const chunk of chunks) {
        hash.update(chunk);
        await handle.writeFile(chunk);
      }
    } finally {
      await handle.close();
    }
    const path = join(folder, `${hash.digest('hex')}.txt`);
    await rename(partial, path);
    return path;
  } catch (error) {
    await rm(partial, { force: true });
    throw fileError(folder, error);
  }
}
