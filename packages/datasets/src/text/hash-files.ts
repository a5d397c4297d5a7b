import { createHash } from 'node:crypto';

import type { DataFile } from '@ramble/core';

import { openDataFiles } from '../files/open-data-files.js';
import type { DocumentOptions } from './read-text.js';
import { TEXT_FIELDS } from './text-fields.js';
import { textFormat } from './text-format.js';

/** A hash that identifies data: equal hashes mean equal documents. */
export interface DataHash {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * Hashes what `readDocuments` would read, at constant memory.
 *
 * For one plain file without a separator it is the sha256 of its bytes, as `sha256sum` prints it, before
 * they were compressed.
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
  const options = { extensions: ['.txt'], fields: TEXT_FIELDS, stdin: process.stdin };
  const files = await openDataFiles(paths, options);
  const lines: string[] = [];
  let sizeBytes = 0;
  for (const file of files) {
    const format = textFormat(file);
    const content = await hashContent(file);
    sizeBytes += content.sizeBytes;
    if (files.length === 1 && format === 'plain' && documentSeparator === undefined) return content;
    lines.push(`${format} ${content.sha256}\n`);
  }
  if (documentSeparator !== undefined) lines.push(`separator ${documentSeparator}\n`);
  return { sha256: createHash('sha256').update(lines.join('')).digest('hex'), sizeBytes };
}

/** The sha256 of what is read of a file. */
async function hashContent(file: DataFile): Promise<DataHash> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of file.chunks()) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
