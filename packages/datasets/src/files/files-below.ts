import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { fileError } from '@ramble/node';

/** Paths of all files below a folder. Links to folders are not followed: they may lead round in circles. */
export async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const paths = entries.map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
    return (await Promise.all(paths)).flat();
  } catch (error) {
    throw fileError(folder, error);
  }
}
