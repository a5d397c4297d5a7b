import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { fileError } from '@ramble/node';
import type { FolderReader } from '@ramble/runs/hugging-face';
import { openFile } from '@ramble/runs/node';

/**
 * A folder of files that are read by name. Links are followed, wherever they lead: folders of Hugging
 * Face's own cache consist of them.
 */
export function folderReader(folder: string): FolderReader {
  const nameOf = (path: string): string => (path === '' ? folder : `${folder}/${path}`);
  async function at<T>(path: string, operate: (full: string) => Promise<T>): Promise<T> {
    try {
      return await operate(join(folder, path));
    } catch (error) {
      throw fileError(nameOf(path), error);
    }
  }
  return {
    name: folder,
    list: (path) => at(path, async (full) => (await readdir(full)).sort()),
    open: (path) => at(path, (full) => openFile(full, nameOf(path))),
  };
}
