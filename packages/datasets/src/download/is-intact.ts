import { stat } from 'node:fs/promises';

import { readBytes } from '@ramble/node';

import { type Checksum, checksumLike, equalChecksums } from './checksum.js';

/** Whether a file is there and its content is what its checksum says. */
export async function isIntact(path: string, checksum: Checksum): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return false;
  return equalChecksums(await checksumLike(checksum, readBytes(path), found.size), checksum);
}
