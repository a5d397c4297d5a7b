import { createHash } from 'node:crypto';

import { readBytes } from '@ramble/files';

import { findTextFiles } from './find-text-files.js';
import type { DocumentOptions } from './read-text.js';
import { textFormat } from './text-format.js';

/** What identifies data: the same hash means the same documents. */
export interface DataHash {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * Hashes what `readDocuments` would read, at constant memory.
 *
 * For one plain file without a separator it is the sha256 of its bytes, as `sha256sum` prints it.
 * Otherwise it is that of a list: a line `plain DIGEST` or `jsonl DIGEST` for each file in order,
 * then the separator. File names do not count.
 *
 * @throws Error for standard input, which can be read only once: save it first (`saveStream`).
 */
export async function hashFiles(
  paths: readonly string[],
  { documentSeparator }: DocumentOptions = {},
): Promise<DataHash> {
  if (paths.includes('-')) {
    throw new Error('-: expected a file to hash, got standard input; save it as a file first');
  }
  const files = (await Promise.all(paths.map(findTextFiles))).flat();
  const lines: string[] = [];
  let sizeBytes = 0;
  for (const path of files) {
    const format = textFormat(path);
    const file = await hashFile(path);
    sizeBytes += file.sizeBytes;
    if (files.length === 1 && format === 'plain' && documentSeparator === undefined) return file;
    lines.push(`${format} ${file.sha256}\n`);
  }
  if (documentSeparator !== undefined) lines.push(`separator ${documentSeparator}\n`);
  return { sha256: createHash('sha256').update(lines.join('')).digest('hex'), sizeBytes };
}

/** The sha256 of a file's bytes. */
async function hashFile(path: string): Promise<DataHash> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of readBytes(path)) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
