import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

import { fileError } from '@ramble/files';

/**
 * The text files that a path stands for: the file itself, or every `.txt` file below a folder, in
 * the order of their paths' UTF-16 units, which is the same on every machine.
 *
 * @throws Error when there is nothing at the path, or no `.txt` file in the folder.
 */
export async function findTextFiles(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
  } catch (error) {
    throw fileError(path, error);
  }
  const files = (await textFilesBelow(path)).sort();
  if (files.length === 0) throw new Error(`${path}: expected a folder with .txt files, got none`);
  return files;
}

/** Links to folders are not followed: they may lead round in circles. */
async function textFilesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const paths = entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return textFilesBelow(path);
      return extname(entry.name).toLowerCase() === '.txt' ? [path] : [];
    });
    return (await Promise.all(paths)).flat();
  } catch (error) {
    throw fileError(folder, error);
  }
}
