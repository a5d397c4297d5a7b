import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { fileError } from '@ramble/node';
import { GGUF_MAGIC, openGgufFolder } from '@ramble/runs/gguf';
import type { FolderReader } from '@ramble/runs/hugging-face';
import { openFile } from '@ramble/runs/node';
import type { StoredFile } from '@ramble/runs';
import type { Safetensors } from '@ramble/runs/safetensors';

import type { WatchOptions } from '../data/watch-files.js';
import { shellQuoted } from '../verb/verb.js';

/** A folder to read, which must be closed. */
export interface OpenFolder extends FolderReader {
  close(): Promise<void>;
}

/**
 * Opens a Hugging Face folder, or a GGUF file as if it were such a folder.
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
    await checkIsGguf(file, path);
    return { ...(await openGgufFolder(file)), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Refuses a file that neither is named as a GGUF file nor begins as one.
 *
 * @throws Error with advice on such a file.
 */
async function checkIsGguf(file: StoredFile, path: string): Promise<void> {
  if (path.endsWith('.gguf')) return;
  const head = await file.read(0, Math.min(GGUF_MAGIC.length, file.sizeBytes));
  if (Buffer.from(head).toString('latin1') === GGUF_MAGIC) return;
  const isWeights = /\.(safetensors|bin|pt|pth)$/.test(path);
  const hint = isWeights
    ? `; name its folder: ${shellQuoted(dirname(path))}`
    : `; a file to train on is for train: --data ${shellQuoted(path)}`;
  throw new Error(
    `${path}: expected a folder of Hugging Face or a GGUF file, got another file${hint}`,
  );
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

/** A view of the tensors whose reading reports its progress and can be stopped. */
export function watchTensors(file: Safetensors, { signal, onProgress }: WatchOptions): Safetensors {
  const entries = [...file.tensors.values()];
  const total = entries.reduce((sum, { start, end }) => sum + end - start, 0);
  let done = 0;
  async function* bytes(name: string): ReturnType<Safetensors['bytes']> {
    for await (const piece of file.bytes(name)) {
      signal?.throwIfAborted();
      yield piece;
      done += piece.length;
      onProgress?.(done / total);
    }
  }
  return { ...file, bytes };
}
