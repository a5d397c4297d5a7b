import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { fileError } from '@ramble/node';
import { openGgufFolder } from '@ramble/runs/gguf';
import type { FolderReader } from '@ramble/runs/hugging-face';
import { openFile } from '@ramble/runs/node';
import type { Safetensors } from '@ramble/runs/safetensors';

/** A folder to read, which must be closed. */
export interface OpenFolder extends FolderReader {
  close(): Promise<void>;
}

/**
 * Opens a Hugging Face folder, or a GGUF file as one.
 *
 * @throws Error that names the folder or the file, if it is missing or is no GGUF file.
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

/**
 * Reads files of a folder by name. Links are followed even out of the folder, because folders of Hugging Face's
 * own cache consist of links.
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

export interface WatchTensors {
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** A view of the tensors whose reading reports its progress and can be stopped. */
export function watchTensors(file: Safetensors, { signal, onProgress }: WatchTensors): Safetensors {
  const entries = [...file.tensors.values()];
  const total = entries.reduce((sum, { start, end }) => sum + end - start, 0);
  let done = 0;
  async function* bytes(name: string): ReturnType<Safetensors['bytes']> {
    for await (const piece of file.bytes(name)) {
      signal.throwIfAborted();
      yield piece;
      done += piece.length;
      onProgress(done / total);
    }
  }
  return { ...file, bytes };
}
