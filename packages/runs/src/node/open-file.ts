import { open, stat } from 'node:fs/promises';

import type { StoredFile } from '../storage/run-storage.js';

/**
 * Opens a file for reading anywhere in it.
 *
 * @param name - The file's name in error messages.
 * @throws Error when it is no file, or the system's error.
 */
export async function openFile(path: string, name: string = path): Promise<StoredFile> {
  const stats = await stat(path); // first, since opening a pipe would wait for its other end
  if (!stats.isFile()) {
    throw new Error(
      `${name}: expected a file, got ${stats.isDirectory() ? 'a folder' : 'a pipe or a device'}`,
    );
  }
  const handle = await open(path);
  const sizeBytes = stats.size;
  const cutShort = (offset: number, lengthBytes: number, size: number): RangeError =>
    new RangeError(`${name}: expected ${lengthBytes} bytes at ${offset}, got a file of ${size}`);
  return {
    name,
    sizeBytes,
    read: async (offset, lengthBytes, memory = new Uint8Array(lengthBytes)) => {
      if (offset + lengthBytes > sizeBytes) throw cutShort(offset, lengthBytes, sizeBytes);
      const bytes = memory.subarray(0, lengthBytes);
      for (let done = 0; done < lengthBytes;) {
        const left = lengthBytes - done;
        const { bytesRead } = await handle.read(bytes, done, left, offset + done);
        if (bytesRead === 0) throw cutShort(offset, lengthBytes, offset + done);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
