import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { errorCode } from './file-error.js';
import { isFolder } from './is-folder.js';

/**
 * Makes a folder, and those on the way to it that are missing. Unlike `mkdir` with `recursive` it
 * ends where the file system refuses new folders by saying that their parent is not there: Node 20
 * then tries for ever (`/proc`).
 *
 * @returns the folders that were made, the outermost first.
 */
export async function makeFolder(path: string): Promise<string[]> {
  try {
    return await makeOne(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  const above = await makeFolder(dirname(path));
  try {
    return [...above, ...(await makeOne(path))];
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new Error(
      `${path}: expected a parent where folders can be created, got ${dirname(path)}`,
      {
        cause: error,
      },
    );
  }
}

async function makeOne(path: string): Promise<string[]> {
  try {
    await mkdir(path);
    return [path];
  } catch (error) {
    if (await isFolder(path)) return [];
    throw error;
  }
}
