import { open } from 'node:fs/promises';

import type { ByteSink } from '@ramble/core';

/** Writes a new file, and returns when it is on the disk. */
export async function writeFlushed(
  path: string,
  write: (sink: ByteSink) => Promise<void>,
): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await write({
      write: async (bytes) => {
        for (let done = 0; done < bytes.length;) {
          done += (await handle.write(bytes, done)).bytesWritten;
        }
      },
    });
    await handle.sync();
  } finally {
    await handle.close();
  }
}
