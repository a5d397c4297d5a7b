import { createHash } from 'node:crypto';

import type { DataFile } from '@ramble/core';

/**
 * The sha256 of data, at constant memory: of a single file as `sha256sum` prints it, of several that
 * of the list of theirs, a line each. Names do not count.
 */
export async function hashData(files: readonly DataFile[]): Promise<string> {
  const hashes: string[] = [];
  for (const file of files) {
    const hash = createHash('sha256');
    for await (const chunk of file.chunks()) hash.update(chunk);
    hashes.push(hash.digest('hex'));
  }
  return joinHashes(hashes);
}

/** Joins hashes: a single hash stays as it is, several become the hash of their list. */
export function joinHashes(hashes: readonly string[]): string {
  if (hashes.length === 1) return hashes[0];
  return createHash('sha256')
    .update(hashes.map((hash) => `${hash}\n`).join(''))
    .digest('hex');
}
