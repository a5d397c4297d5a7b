import { stat } from 'node:fs/promises';

import { fileError } from '@ramble/node';
import { openGgufFolder } from '@ramble/runs/gguf';
import type { FolderReader } from '@ramble/runs/hugging-face';
import { openFile } from '@ramble/runs/node';

import { folderReader } from './folder-reader.js';

/** A folder to read, which must be closed. */
export interface OpenFolder extends FolderReader {
  close(): Promise<void>;
}

/**
 * Opens a Hugging Face folder, or a GGUF file as one.
 *
 * @throws Error that names the folder or the file, when there is none or it is no GGUF file.
 */
export async function openFolder(path: string): Promise<OpenFolder> {
  const stats = await stat(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  if (stats.isDirectory()) return { ...folderReader(path), close: () => Promise.resolve() };
  const file = await openFile(path);
  try {
    return { ...(await openGgufFolder(file)), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}
