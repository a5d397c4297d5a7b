import { createHash } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';

import { writeWhole } from '@ramble/node';

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
  const hash = createHash('sha256');
  const unnamed = join(folder, `${process.pid}.txt`);
  await writeWhole(unnamed, async (handle) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
  });
  const path = join(folder, `${hash.digest('hex')}.txt`);
  await rename(unnamed, path);
  return path;
}
