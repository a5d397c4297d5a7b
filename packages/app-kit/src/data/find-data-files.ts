import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

import type { DataFile } from '@ramble/core';
import { fileError, readBytes } from '@ramble/files';

export interface FindOptions {
  /** Endings of the files that a folder is searched for: `.txt`. */
  readonly extensions: readonly string[];
  /** What the path `-` reads, once. */
  readonly stdin: AsyncIterable<Uint8Array>;
}

/**
 * The files that paths stand for: a file itself, all files of an app's kinds below a folder in the
 * order of their paths' UTF-16 units, which is the same on every machine, and standard input for `-`.
 *
 * @throws Error when there is nothing at a path, or no file of these kinds in a folder.
 */
export async function findDataFiles(
  paths: readonly string[],
  { extensions, stdin }: FindOptions,
): Promise<DataFile[]> {
  const files: DataFile[] = [];
  for (const path of paths) {
    if (path === '-') files.push({ name: 'standard input', chunks: () => stdin });
    else files.push(...(await findAt(path, extensions)));
  }
  return files;
}

async function findAt(path: string, extensions: readonly string[]): Promise<DataFile[]> {
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) return [dataFile(path, stats.size)];
    const found = (await filesBelow(path, extensions)).sort();
    if (found.length > 0) {
      return await Promise.all(found.map(async (file) => dataFile(file, (await stat(file)).size)));
    }
  } catch (error) {
    throw fileError(path, error);
  }
  throw new Error(`${path}: expected a folder with ${extensions.join(' or ')} files, got none`);
}

/** Links to folders are not followed: they may lead round in circles. */
async function filesBelow(folder: string, extensions: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const paths = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path, extensions);
    return extensions.includes(extname(entry.name).toLowerCase()) ? [path] : [];
  });
  return (await Promise.all(paths)).flat();
}

function dataFile(path: string, sizeBytes: number): DataFile {
  return { name: path, sizeBytes, chunks: () => readBytes(path) };
}
